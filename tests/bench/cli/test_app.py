"""The command line, from what is typed to what is printed and written."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from bench.cli.failures import TRACEBACK
from bench.searchers import TUNERS
from bench.store import FILE_NAME, Store
from bench.store.lock import LOCK
from search_spaces import FAMILIES

COLUMNS = [
    "rank",
    "dataset",
    "family",
    "size",
    "tuner",
    "test_accuracy",
    "test_accuracy_low",
    "test_accuracy_high",
    "validation_accuracy",
    "test_log_loss",
    "parameters",
    "train_seconds",
    "latency_ms_1",
    "latency_ms_64",
    "trials_finished",
    "trials_failed",
    "search_core_seconds",
    "search_training_seconds",
    "seeds",
]


@pytest.fixture
def searching(dataset: str, tmp_path: Path) -> list[object]:
    """A small search of ``dense``."""
    return (
        f"search dense --dataset {dataset} --results {tmp_path / 'results'} --trials 2 "
        "--epochs 1 --seeds 1 --only units --tuner random --workers 0"
    ).split()


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("this would start Keras")


@contextmanager
def other_images(dataset: str) -> Iterator[None]:
    """Other images in the file of a data set."""
    path = Path(dataset.removeprefix("npz:"))
    content = path.read_bytes()
    with np.load(path) as arrays:
        images, labels = arrays["X"], arrays["y"]
    np.savez(path, X=images[::-1], y=labels[::-1])
    yield
    path.write_bytes(content)


def test_search_ends_with_a_leaderboard(
    bench: Callable,
    searching: list,
    dataset: str,
    keras_started: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    results = tmp_path / "results"
    answer = bench(*searching)
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    for number in (0, 1):
        start = f"trial {number}: validation"
        assert sum(line.startswith(start) for line in lines) == 1
    assert sum(line.startswith("seed 0: test accuracy") for line in lines) == 1
    assert "logistic_regression" in answer.out
    assert "\x1b" not in answer.out

    written = {str(p.relative_to(results)) for p in results.rglob("*.*")}
    assert {"leaderboard.md", "leaderboard.csv", "bench.sqlite3"} <= written
    plots = list(results.glob("plots/*.png"))
    assert len(plots) >= 5
    assert all(plot.read_bytes().startswith(b"\x89PNG") for plot in plots)
    best, step = (
        n for n, t in enumerate(lines) if t.startswith(("best model:", "next:"))
    )
    assert Path(lines[best].split()[2]).is_file()
    assert len(lines[best:]) <= 7
    commands = [line.partition("  (")[0].split() for line in lines[step + 1 :]]
    assert [words[3] for words in commands] == [
        "report",
        "predict",
        "explain",
        "search",
        "search",
    ]
    assert all(words[-2:] == ["--results", str(results)] for words in commands)
    assert "dense" in (results / "leaderboard.md").read_text()
    with (results / "leaderboard.csv").open() as file:
        # The row of the search replaces that of the default configuration.
        listed = sorted(csv.DictReader(file), key=lambda row: row["trials_finished"])
        rows = {row["family"]: row for row in listed}
    assert set(COLUMNS) <= rows["dense"].keys()
    assert rows.keys() == {
        "dense",
        "logistic_regression",
        "nearest_neighbour",
        "prior",
    }
    assert (rows["dense"]["trials_finished"], rows["dense"]["seeds"]) == ("2", "1")

    with monkeypatch.context() as patch:
        patch.setattr("bench.cli.search.start_with_workers", refuse)
        patch.setenv(TRACEBACK, "1")
        again = bench(*searching)
        assert again.code == 0
        assert "is finished; nothing was trained" in again.out
        assert "trial 0" not in again.out
        assert "logistic_regression" in again.out
        assert "next:" in again.out
        assert "next:" not in bench(*searching, "--quiet").out
        for other in (["--seeds", "2"], ["--epochs", "2"], ["--fresh"]):
            with pytest.raises(AssertionError, match="would start Keras"):
                bench(*searching, *other)
        with other_images(dataset), pytest.raises(AssertionError, match="would start"):
            bench(*searching)

    board = bench("leaderboard", "--results", results)
    assert board.code == 0
    assert "dense" in board.out
    assert str(results / "leaderboard.md") in board.out
    early = bench("leaderboard", "--at", "0s", "--results", results)
    assert "0s of search" in early.out
    at = ("leaderboard", "--at", "9h", "--results", results, "--json")
    (late,) = json.loads(bench(*at).out)
    assert (late["seconds"], late["searches"][0]["trials"]) == (9 * 3600, 2)
    for words in (["leaderboard"], ["studies"]):
        listing = json.loads(bench(*words, "--results", results, "--json").out)
        assert "dense" in json.dumps(listing)
    (row,) = json.loads(bench("studies", "--results", results, "--json").out)
    assert (row["state"], row["trials_finished"]) == ("finished", 2)
    assert "finished" in bench("studies", "--results", results).out
    (row,) = json.loads(bench("studies", "--time", "--results", results, "--json").out)
    assert row["trials"] == 2
    assert row["training"] > 0
    assert row["in_training"].endswith("%")


def test_plan_prints_a_table_and_json(
    bench: Callable, keras_started: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.study.probes.SAMPLES", 2)
    asked = ["plan", "dense", "--trials", "2", "--epochs", "2", "--workers", "0"]
    table = bench(*asked)
    assert table.code == 0
    assert "dense" in table.out
    assert "GiB" in table.out
    assert '"trainings": 2' in bench(*asked, "--tuner", "random", "--json").out


@pytest.mark.parametrize(
    ("words", "key", "expected"),
    [
        (["families"], "family", set(FAMILIES)),
        (["tuners"], "tuner", set(TUNERS)),
        (["datasets"], "dataset", {"digits", "mnist", "fashion_mnist", "cifar10"}),
        (["describe", "dense"], "name", {"units", "dropout", "optimizer", "momentum"}),
    ],
)
def test_listings_are_printed_as_tables_and_as_json(
    bench: Callable, keras_started: None, words: list, key: str, expected: set
) -> None:
    rows = json.loads(bench(*words, "--json").out)
    assert expected <= {row[key] for row in rows}
    table = bench(*words).out
    for name in expected:
        assert name in table


def test_description_names_range_default_and_condition(
    bench: Callable, keras_started: None
) -> None:
    words = "describe", "vgg", "--dataset", "digits", "--json"
    rows = {r["name"]: r for r in json.loads(bench(*words).out)}
    assert rows["momentum"]["condition"] == "optimizer = sgd"
    assert rows["blocks"]["default"] <= 2  # digits have 8 pixels
    wide = json.loads(bench("describe", "vgg", "--image-size", "64", "--json").out)
    assert {r["name"]: r["range"] for r in wide}["blocks"] == "1 to 5"


@pytest.mark.parametrize("family", FAMILIES)
def test_description_needs_neither_images_nor_keras(
    bench: Callable, family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start_session(_: object) -> None:
        raise AssertionError("Keras was asked for")

    monkeypatch.setattr("bench.study.start.start_session", start_session)
    small, paper = (
        {row["name"]: row for row in json.loads(bench(*words, "--json").out)}
        for words in (
            ("describe", family, "--size", "small"),
            ("describe", family, "--size", "paper"),
        )
    )
    assert small.keys() == paper.keys()
    if family == "vgg":
        assert (small["filters"]["range"], paper["filters"]["range"]) == (
            "16, 24, 32",
            "64",
        )
        assert paper["dense_units"]["default"] == 4096


def test_help_names_every_command_and_option(bench: Callable) -> None:
    answer = bench("--help")
    assert answer.code == 0
    for command in [
        "which",
        "search",
        "suite",
        "plan",
        "families",
        "datasets",
        "tuners",
        "describe",
        "leaderboard",
        "generate",
        "studies",
    ]:
        assert command in answer.out


@pytest.mark.parametrize("command", ["plan", "suite", "describe"])
def test_other_commands_take_only_options_that_they_use(
    bench: Callable, command: str
) -> None:
    text = bench(command, "--help-all" if command == "plan" else "--help").out
    assert "--data " in text
    assert "--fresh" not in text
    assert ("--quiet" in text) == (command == "suite")
    assert ("--workers" in text) == (command != "describe")
    assert ("--image-size" in text) == (command != "suite")


def test_ctrl_c_says_how_to_continue_and_exits_130(
    bench: Callable,
    searching: list,
    keras_started: None,
    monkeypatch: pytest.MonkeyPatch,
    make_progress: Callable,
    tmp_path: Path,
) -> None:
    progress = make_progress("trial 1 started, epoch 1")
    with monkeypatch.context() as patch:
        patch.setattr("bench.study.progress.choose", lambda *_, **__: progress)
        answer = bench(*searching)
    assert answer.code == 130
    assert answer.err.count("\n") == 1
    assert "same command again" in answer.err
    with Store(tmp_path / "results", read_only=True) as store:
        (study,) = store.studies()
        assert [t.state for t in store.trials(study.id)] == ["finished", "running"]
        first = store.trials(study.id)[0]
    resumed = bench(*searching, "--quiet")
    assert resumed.code == 0
    assert "logistic_regression" in resumed.out
    assert "trial 1" not in resumed.out
    assert "seed 0" not in resumed.out
    with Store(tmp_path / "results", read_only=True) as store:
        trials = store.trials(study.id)
    assert trials[0] == first
    assert [t.state for t in trials] == ["finished", "finished"]


def test_second_search_in_a_folder_in_use_is_refused(
    bench: Callable, searching: list, keras_started: None, tmp_path: Path
) -> None:
    results = tmp_path / "results"
    results.mkdir()
    with FileLock(results / LOCK):
        answer = bench(*searching)
    assert answer.code == 2
    assert answer.err.startswith("error: one search at a time")
    assert not (results / FILE_NAME).exists()


LIGHT = """
import sys
from bench.cli import main
for command in sys.argv[1:]:
    try:
        main(command.split(" "))
    except SystemExit as ended:
        assert not ended.code, command
    heavy = {"keras", "tensorflow", "keras_tuner", "ray", "jax", "torch"}
    if command.endswith("--help") or command in ("families", "tuners"):
        heavy |= {"numpy", "pandas", "scipy", "sklearn"}
    assert not heavy & set(sys.modules), command
"""


def test_commands_that_only_read_import_no_backend(tmp_path: Path) -> None:
    Store(tmp_path).close()
    suite = Path(__file__).parents[3] / "suites" / "quick.toml"
    commands = [
        "--help",
        "search --help",
        "generate --help",
        "families",
        "tuners",
        "datasets",
        f"suite {suite} --dry-run",
        f"studies --results {tmp_path}",
        f"leaderboard --results {tmp_path}",
    ]
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, *commands],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_listings_take_columns_by_name(bench: Callable) -> None:
    listed = bench("families", "--columns", "family")
    assert listed.out.split() == ["family", *FAMILIES]
    assert bench("families", "--wide").out == bench("families").out
    wrong = bench("families", "--columns", "famly")
    assert (wrong.code, "did you mean 'family'" in wrong.err) == (2, True)
    assert bench("families", "--columns", ",").code == 2
