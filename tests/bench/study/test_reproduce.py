"""Studies whose finals are trained again without what only their search needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.records import Budget, ImageSource, Resources, Role, StudySpec
from bench.store import Store


@pytest.mark.slow
def test_study_whose_portfolio_is_gone_is_reproduced(
    run_study: Callable, dataset: str, tmp_path: Path
) -> None:
    from bench.study.reproduce import reproduce

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
    with Store(tmp_path / "results", read_only=True) as store:
        again = reproduce(
            store,
            store.studies()[0],
            Role.FINAL,
            source=ImageSource(),
            resources=Resources(workers=0),
            keep=False,
            tell=lambda line: None,
        )
    assert again.is_equal
    assert again.notes == ()
