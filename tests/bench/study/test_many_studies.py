"""Commands that run many studies: variants of a family, and suites."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bench.cli import main
from bench.store import Store

pytestmark = pytest.mark.usefixtures("keras_started")

SMALL = "--trials 2 --epochs 2 --seeds 2 --tuner random --workers 0 --quiet"


@pytest.fixture
def bench(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable:
    """Gives a command in this process, with a results folder of the test."""

    def bench(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([*map(str, words), "--results", str(tmp_path / "results")])
        return (ended.value.code, *capsys.readouterr())

    return bench


@pytest.fixture(scope="session")
def two_classes(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of a data set of 120 images that are bright on the left or the right."""
    random = np.random.default_rng(0)
    labels = np.arange(120) % 2
    images = random.integers(0, 150, (120, 6, 6, 1), np.uint8)
    images[np.arange(120), :, 3 * labels] += 80
    path = tmp_path_factory.mktemp("data") / "sides.npz"
    np.savez(path, X=images, y=labels)
    return f"npz:{path}"


def test_variants_get_a_search_each_and_are_compared(
    bench: Callable, two_classes: str, tmp_path: Path
) -> None:
    words = ["search", "linear", "--dataset", two_classes, *SMALL.split()]
    code, out, err = bench(*words, "--variants", "loss")
    assert (code, err) == (0, "")
    assert "linear (loss=bce)" in out
    assert "linear (loss=ce)" in out
    _, answer, _ = bench("leaderboard", "--json")
    [board] = json.loads(answer)
    rows = [row for row in board["rows"] if row["hyperparameters"]]
    assert {row["hyperparameters"]["loss"] for row in rows} == {"bce", "ce"}
    assert [row["trials_finished"] for row in rows] == [2, 2]
    [comparison] = board["comparisons"]
    assert {comparison["value"], comparison["other"]} == {"bce", "ce"}
    means = {row["hyperparameters"]["loss"]: row["test_accuracy"] for row in rows}
    gap = means[comparison["value"]] - means[comparison["other"]]
    assert comparison["difference"]["mean"] == pytest.approx(gap)
    document = (tmp_path / "results" / "leaderboard.md").read_text()
    assert "One hyperparameter held" in document
    assert "paired over 2 seeds" in " ".join(document.split())

    # The study of a value held with --fix is the same.
    _, out, _ = bench(*words, "--fix", "loss=bce")
    _, answer, _ = bench("studies", "--json")
    assert len(json.loads(answer)) == 2


@pytest.mark.slow
def test_repeats_divide_the_images_anew_and_can_be_raised(
    bench: Callable, two_classes: str, tmp_path: Path
) -> None:
    words = ["search", "linear", "--dataset", two_classes, *SMALL.split()]
    code, out, err = bench(*words, "--seeds", 1, "--skip-default", "--repeats", 2)
    assert (code, err) == (0, "")
    assert ", 2 repeated splits" in out
    assert "test split" not in out  # the boards of single repeats
    code, out, _ = bench(*words, "--seeds", 1, "--skip-default", "--repeats", 3)
    assert ", 3 repeated splits" in out
    with Store(tmp_path / "results", read_only=True) as store:
        studies = store.studies()
    assert [study.spec.seed for study in studies] == [0, 1, 2]
    assert len({study.task.test_fingerprint for study in studies}) == 3
    _, answer, _ = bench("leaderboard", "--json")
    board, *single = json.loads(answer)
    assert (board["repeats"], len(single)) == (3, 3)
    _, answer, _ = bench("studies", "--json")
    assert [row["seed"] for row in json.loads(answer)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("name", "images", "said"),
    [
        ("lost", "two_classes", "unknown hyperparameter 'lost'; did you mean 'loss'?"),
        (
            "loss",
            "dataset",
            "not 'loss'; on this task linear has batch_size, optimizer, schedule",
        ),
    ],
)
def test_variants_of_a_hyperparameter_without_few_values_are_refused(
    bench: Callable, name: str, images: str, said: str, request: pytest.FixtureRequest
) -> None:
    name_of_images = request.getfixturevalue(images)
    words = ["search", "linear", "--dataset", name_of_images, "--workers", 0]
    code, _, err = bench(*words, "--variants", name)
    assert code == 2
    assert said in err


def test_suite_runs_continues_and_names_the_studies_that_failed(
    bench: Callable, two_classes: str, dataset: str, tmp_path: Path
) -> None:
    path = tmp_path / "suite.toml"
    path.write_text(
        f"""
        dataset = ["{two_classes}", "{dataset}"]
        family = ["linear", "mlp", "cnn"]
        tuner = "random"
        trials = 2
        epochs = 1
        seeds = 1
        """
    )
    with pytest.raises(SystemExit):
        main(["suite", str(path), "--dry-run"])
    assert not (tmp_path / "results").exists()
    # Images of 6 pixels are too small for cnn.
    code, out, err = bench("suite", path, "--workers", 0, "--quiet")
    assert code == 1
    assert err.count("left out: cnn on npz:") == 2
    assert err.count("at least 8 px") == 2
    assert "Across data sets" in out
    document = (tmp_path / "results" / "leaderboard.md").read_text()
    _, overall, *each = document.split("\n## ")
    boards = "".join(each)
    for family in ("linear", "mlp"):
        assert overall.count(f"| {family}, random") == 1
        assert boards.count(f"| {family} ") >= 2
    _, again, _ = bench("suite", path, "--workers", 0)
    assert again.count("is finished") == 4


def test_dry_run_of_a_suite_lists_its_studies(
    capsys: pytest.CaptureFixture[str],
) -> None:
    suite = Path(__file__).parents[3] / "suites" / "quick.toml"
    with pytest.raises(SystemExit) as ended:
        main(["suite", str(suite), "--dry-run", "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert ended.value.code == 0
    assert len(rows) == 16
    assert rows[0]["budget"] == "8 trials × 20 epochs, 1m"
