"""Studies whose finals are trained again without what only their search needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.records import Budget, StudySpec


@pytest.mark.slow
def test_study_whose_portfolio_is_gone_is_reproduced(
    run_study: Callable, reproduced: Callable, dataset: str, tmp_path: Path
) -> None:
    portfolio = tmp_path / "first.json"
    portfolio.write_text(json.dumps({"dense": [{"dropout": 0.1}]}))
    spec = StudySpec(
        family="dense",
        dataset=dataset,
        validation_fraction=0.2,
        test_fraction=0.2,
        tuner="random",
        budget=Budget(trials=2, epochs=1),
        seeds=1,
        skip_default=True,
        portfolio=str(portfolio),
    )
    run_study(spec, tmp_path / "results")
    portfolio.unlink()
    again = reproduced(tmp_path / "results")
    assert again.is_equal
    assert again.notes == ()
