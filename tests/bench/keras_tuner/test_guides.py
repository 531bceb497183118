"""The code of Keras Tuner's guides, with one import changed, gives what it gave."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import keras_tuner
import numpy as np
import pytest

import bench.keras_tuner

_spec = importlib.util.spec_from_file_location(
    "guides_of_keras_tuner", Path(__file__).with_name("guides.py")
)
assert _spec is not None
assert _spec.loader is not None
guides = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(guides)

QUICK = ("own_metric", "black_box")


def trials(tuner: Any) -> list[tuple[str, dict[str, Any], str]]:
    return [
        (trial_id, trial.hyperparameters.values, trial.status)
        for trial_id, trial in sorted(tuner.oracle.trials.items())
    ]


@pytest.mark.filterwarnings("ignore:Skipping variable loading")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in QUICK else pytest.mark.slow)
        for name in guides.GUIDES
    ],
)
def test_guide_has_the_trials_of_keras_tuner(
    name: str,
    tmp_path: Path,
    digits: tuple[np.ndarray, np.ndarray],
    capsys: pytest.CaptureFixture[str],
) -> None:
    guide = guides.GUIDES[name]
    theirs = guide(keras_tuner, tmp_path / "theirs", digits)
    capsys.readouterr()
    ours = guide(bench.keras_tuner, tmp_path / "ours", digits)
    assert trials(ours) == trials(theirs)
    said = capsys.readouterr().out
    assert "This search trains in this process" not in said
    assert "slower" not in said
    if ours.hypermodel is not None:
        assert len(ours.get_best_models(2)) == 2
    ours.results_summary(3)
    assert "Results summary" in capsys.readouterr().out
