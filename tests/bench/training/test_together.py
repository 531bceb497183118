"""Final trainings together, in a separate process since a process has one backend."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("jax") is None, reason="jax is not installed"
    ),
]

REPOSITORY = Path(__file__).parents[3]


def run_python(*words: str) -> str:
    """Run Python in a new process, and return what it prints."""
    # On a GPU JAX multiplies with 10 bits of a mantissa unless told otherwise.
    precision = {"JAX_DEFAULT_MATMUL_PRECISION": "float32"}
    process = subprocess.run(
        [sys.executable, *words],
        env=os.environ | precision | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What ``jax_seeds.py`` prints."""
    script = Path(__file__).with_name("jax_seeds.py")
    return json.loads(run_python(str(script), str(tmp_path_factory.mktemp("kept"))))


def test_seeds_trained_together_are_those_trained_alone(results: dict) -> None:
    for seed in results["equal"]:
        assert seed["epochs"] == seed["points"] == [3, 3]
        assert seed["weights"] < 1e-4  # of the kept models
        assert seed["probabilities"] < 1e-4
        assert seed["metrics"] < 1e-4
        assert seed["curve"] < 1e-4


def test_each_seed_stops_when_it_would_alone(results: dict) -> None:
    together, alone = zip(*(seed["epochs"] for seed in results["early"]), strict=True)
    assert together == alone
    assert min(together) < max(together)
    for seed in results["early"]:
        assert seed["best_epoch"][0] == seed["best_epoch"][1]
        assert seed["probabilities"] < 1e-3


def test_seeds_trained_together_end_when_time_is_up(results: dict) -> None:
    for seed in results["late"]:
        assert seed["is_cut_short"] == [True, True]
        assert seed["epochs"] == [1, 1]
        assert seed["probabilities"] < 1e-4


def test_seeds_share_the_time_of_their_group(results: dict) -> None:
    assert len({seed["seconds"] for seed in results["equal"]}) == 1


def test_model_of_unknown_layers_is_not_trained_together(results: dict) -> None:
    assert results["of_unknown_layers"] == 0


def test_group_is_as_large_as_memory_allows(results: dict) -> None:
    assert results["in_little_memory"] == 2
    assert results["in_less_memory"] == 0


def test_search_trains_missing_seeds_together(tmp_path: Path) -> None:
    search = (
        "-m bench search dense --dataset digits --backend jax --workers 0 --trials 1 "
        f"--epochs 2 --skip-default --seeds-at-once 8 --quiet --results {tmp_path}"
    )
    run_python(*search.split(), "--seeds", "2")
    run_python(*search.split(), "--seeds", "5")
    listed = run_python(
        "-c",
        "import sys; from bench.store import Store; from pathlib import Path\n"
        "with Store(Path(sys.argv[1]), read_only=True) as store:\n"
        "    for final in store.finals(store.studies()[0].id):\n"
        "        print(final.seed, final.seconds)",
        str(tmp_path),
    )
    seconds = dict(line.split() for line in listed.splitlines())
    assert sorted(seconds) == ["0", "1", "2", "3", "4"]
    assert seconds["0"] == seconds["1"]
    assert seconds["2"] == seconds["3"] == seconds["4"] != seconds["0"]
