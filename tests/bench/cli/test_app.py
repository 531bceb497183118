"""The command line, from what is typed to what is printed and written."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from filelock import FileLock

from bench.cli import app as cli
from bench.searchers import TUNERS
from bench.store import Store
from bench.study import session
from bench.study.session import LOCK
from search_spaces import FAMILIES

COLUMNS = [
    "rank",
    "dataset",
    "family",
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


class Said(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str


@pytest.fixture
def bench(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Give a command in this process."""

    def bench(*words: object) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main([str(word) for word in words])
        return Said(ended.value.code, *capsys.readouterr())

    return bench


@pytest.fixture
def searching(dataset: str, tmp_path: Path) -> list[object]:
    """A small search of ``dense``."""
    return (
        f"search dense --dataset {dataset} --results {tmp_path / 'results'} --trials 2 "
        "--epochs 1 --seeds 1 --only units --tuner random --workers 0"
    ).split()


def test_search_ends_with_a_leaderboard(
    bench: Callable, searching: list, keras_started: None, tmp_path: Path
) -> None:
    results = tmp_path / "results"
    said = bench(*searching)
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    for number in (0, 1):
        assert sum(x.startswith(f"trial {number}: validation") for x in lines) == 1
    assert sum(x.startswith("seed 0: test accuracy") for x in lines) == 1
    assert "logistic_regression" in said.out
    assert "\x1b" not in said.out

    written = {str(p.relative_to(results)) for p in results.rglob("*.*")}
    assert {"leaderboard.md", "leaderboard.csv", "bench.sqlite3"} <= written
    named = {str(Path(x).relative_to(results)) for x in lines if x.startswith("/")}
    assert named <= written
    plots = [results / name for name in named if name.endswith(".png")]
    assert len(plots) >= 5
    assert all(plot.read_bytes().startswith(b"\x89PNG") for plot in plots)
    assert "dense" in (results / "leaderboard.md").read_text()
    with (results / "leaderboard.csv").open() as file:
        rows = {row["family"]: row for row in csv.DictReader(file)}
    assert set(COLUMNS) <= rows["dense"].keys()
    assert rows.keys() == {"dense", "logistic_regression", "prior"}
    assert (rows["dense"]["trials_finished"], rows["dense"]["seeds"]) == ("2", "1")

    again = bench(*searching)
    assert again.code == 0
    assert "is finished" in again.out
    assert "trial 0" not in again.out
    assert "logistic_regression" in again.out

    board = bench("leaderboard", "--results", results)
    assert board.code == 0
    assert "dense" in board.out
    assert str(results / "leaderboard.md") in board.out
    for words in (["leaderboard"], ["studies"]):
        answer = json.loads(bench(*words, "--results", results, "--json").out)
        assert "dense" in json.dumps(answer)
    (row,) = json.loads(bench("studies", "--results", results, "--json").out)
    assert (row["state"], row["trials_finished"]) == ("finished", 2)
    assert "finished" in bench("studies", "--results", results).out
    (row,) = json.loads(bench("studies", "--time", "--results", results, "--json").out)
    assert row["trials"] == 2
    assert row["training"] > 0
    assert row["in_training"].endswith("%")


def test_plan_prints_a_table_and_json(bench: Callable, keras_started: None) -> None:
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
def test_listings_are_tables_and_json(
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
    rows = {r["name"]: r for r in json.loads(bench("describe", "vgg", "--json").out)}
    assert rows["momentum"]["condition"] == "optimizer = sgd"
    assert rows["blocks"]["default"] <= 2  # digits have 8 pixels
    wide = json.loads(bench("describe", "vgg", "--image-size", "64", "--json").out)
    assert {r["name"]: r["range"] for r in wide}["blocks"] == "1 to 5"


def test_help_names_every_command_and_option(bench: Callable) -> None:
    said = bench("--help")
    assert said.code == 0
    for command in [
        "search",
        "suite",
        "plan",
        "families",
        "datasets",
        "tuners",
        "describe",
        "leaderboard",
        "studies",
    ]:
        assert command in said.out
    options = (
        "dataset data tuner trials epochs patience time seeds seed only fix "
        "variants weights max-parameters "
        "validation-fraction test-fraction image-size backend results fresh quiet"
    )
    text = bench("search", "--help").out
    for option in options.split():
        assert f"--{option}" in text


def test_ctrl_c_says_how_to_continue_and_exits_130(
    bench: Callable,
    searching: list,
    keras_started: None,
    monkeypatch: pytest.MonkeyPatch,
    watch: Callable,
    tmp_path: Path,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(
            session.display,
            "choose",
            lambda *_, **__: watch("trial 1 started, epoch 1"),
        )
        said = bench(*searching)
    assert said.code == 130
    assert said.err.count("\n") == 1
    assert "same command again" in said.err
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
        said = bench(*searching)
    assert said.code == 2
    assert said.err.startswith("error: one search at a time")
    with Store(results, read_only=True) as store:
        assert store.studies() == []


LIGHT = """
import sys
from bench.cli import app as cli
for command in sys.argv[1:]:
    try:
        cli.main(command.split(" "))
    except SystemExit as ended:
        assert not ended.code, command
    heavy = {"keras", "tensorflow", "keras_tuner", "ray", "jax", "torch"}
    assert not heavy & set(sys.modules), command
"""


def test_commands_that_read_only_import_no_backend(tmp_path: Path) -> None:
    Store(tmp_path).close()
    commands = "--help", "search --help", "families", "tuners", "datasets"
    reading = (f"{name} --results {tmp_path}" for name in ("studies", "leaderboard"))
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, *commands, *reading],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
