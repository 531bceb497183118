"""``bench.keras_tuner`` has everything of Keras Tuner under its own names."""

from __future__ import annotations

import importlib

import keras_tuner

import bench.keras_tuner

OURS = {"BayesianOptimization", "GridSearch", "Hyperband", "RandomSearch", "Tuner"}


def test_every_name_of_keras_tuner_is_there_and_only_tuners_differ() -> None:
    public = {name for name in dir(keras_tuner) if not name.startswith("_")}
    differ = {
        name
        for name in public
        if getattr(bench.keras_tuner, name) is not getattr(keras_tuner, name)
    }
    assert differ == OURS | {"tuners"}
    assert bench.keras_tuner.__version__ == keras_tuner.__version__
    assert {n for n in dir(keras_tuner.tuners) if n[0] != "_"} <= set(
        dir(bench.keras_tuner.tuners)
    )


def test_packages_of_keras_tuner_are_imported_from_here_too() -> None:
    oracles = importlib.import_module("bench.keras_tuner.oracles")
    assert oracles.RandomSearchOracle is keras_tuner.oracles.RandomSearchOracle
    module = importlib.import_module("bench.keras_tuner.engine.hypermodel")
    assert module.HyperModel is keras_tuner.HyperModel


def test_tuners_are_those_of_keras_tuner_too() -> None:
    for name in OURS - {"Tuner"}:
        kind = getattr(bench.keras_tuner, name)
        assert issubclass(kind, getattr(keras_tuner, name))
        assert issubclass(kind, bench.keras_tuner.Tuner)


def test_tuner_is_a_name_of_bench() -> None:
    assert bench.Tuner is bench.keras_tuner.Tuner
    assert "Tuner" in dir(bench)
