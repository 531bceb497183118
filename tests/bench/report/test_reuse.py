"""Files that hold the best configuration of a study."""

from __future__ import annotations

import sys
import tomllib
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from bench.python.asking import asked
from bench.records import SearchRequest
from bench.report import as_python, as_toml
from bench.study.requests import request

OPTIONS: dict[str, Any] = {
    "dataset": 'folder:my "best" photos',
    "image_size": "32x48",
    "tuner": "sklearn-grid",
    "epochs": 7,
    "time": "10m",
    "trials": 30,
    "ensemble": 0,
    "test_fraction": 0.1 + 0.2,
    "only": ["units"],
    "space": {"units": [300, 400], "dropout": "0.1..0.3"},
    "fix": {"dropout": 0.2},
    "metric": "macro_f1",
}
BEST = {"units": 300, "dropout": 0.2, "optimizer": "sgd", "normalized": True}


@pytest.fixture
def expected() -> SearchRequest:
    """A request for the best configuration alone."""
    dropped = ("tuner", "time", "trials", "only")
    kept = {name: value for name, value in OPTIONS.items() if name not in dropped}
    return request(["dense"], {**kept, "tuner": "random", "trials": 1, "fix": BEST})


def test_file_asks_for_the_best_configuration_alone(expected: SearchRequest) -> None:
    (spec,) = request(["dense"], OPTIONS).specs
    assert request(["dense"], tomllib.loads(as_toml(spec, BEST))) == expected


def test_best_configuration_needs_no_portfolio() -> None:
    (spec,) = request(["dense"], {"portfolio": "gone.json"}).specs
    assert "portfolio" not in tomllib.loads(as_toml(spec, BEST))


def test_script_asks_for_the_best_configuration_alone(
    expected: SearchRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    (spec,) = request(["dense"], OPTIONS).specs
    calls = []

    def search(family: str, dataset: str, **options: Any) -> Any:
        calls.append(asked(family, dataset, None, options))
        return SimpleNamespace(model=lambda: "a model")

    bench = ModuleType("bench")
    bench.search = search  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "bench", bench)
    names: dict[str, Any] = {}
    exec(as_python(spec, BEST), names)
    assert calls == [expected]
    assert names["model"] == "a model"
