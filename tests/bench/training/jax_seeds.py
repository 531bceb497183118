"""Trains finals together and alone on JAX, and prints results for their test."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.training import backend

backend.start("jax")

import keras  # noqa: E402
import numpy as np  # noqa: E402

from bench import datasets  # noqa: E402
from bench.records import EpochRecord  # noqa: E402
from bench.training import hypermodel, trial_runner  # noqa: E402
from bench.training.compiled import jax_group  # noqa: E402
from bench.training.request import FinalRequest, FinalsRequest, Keep  # noqa: E402
from bench.training.timings import StageTimer  # noqa: E402

SMOOTH = {
    "filters": 6,
    "activation": "tanh",
    "batch_normalization": True,
    "dropout": 0.3,
    "batch_size": 64,
    "learning_rate": 3e-3,
}
"""A configuration without maxima and ReLUs, which magnify rounding."""

SEEDS = (3, 4, 5)


def main(folder: Path) -> None:
    task = datasets.load(
        datasets.DataSetRequest(
            dataset="digits", validation_fraction=0.2, test_fraction=0.5
        )
    )
    run, run_mine = (_runner(name, task, folder) for name in ("lenet", _mine(folder)))
    keep = Keep(
        path=folder,
        network=folder / "network.json",
        pixel_range=task.pixel_range,
    )
    finals = [_final(seed, keep) for seed in SEEDS]
    hasty = [
        replace(
            final,
            hyperparameters=SMOOTH | {"learning_rate": 1e-2},
            epochs=12,
            patience=1,
            keep=None,
        )
        for final in finals
    ]
    late = [replace(final, deadline=time.monotonic(), keep=None) for final in finals]
    results = {
        "equal": _compared(run, finals),
        "early": _compared(run, hasty),
        "late": _compared(run, late),
        "of_unknown_layers": len(_together(run_mine, finals)[0]),
    }
    room = _with_memory_for_two(run, finals[0])
    results["in_little_memory"] = len(_together(run, finals)[0])
    jax_group.available_memory = lambda: room // 2
    results["in_less_memory"] = len(_together(run, finals)[0])
    print(json.dumps(results))


def _mine(folder: Path) -> str:
    """A network whose layer may hold constants that nobody knows of."""
    path = folder / "mine.py"
    path.write_text(
        "import keras\n"
        "def build(hp):\n"
        "    layers = [keras.Input((8, 8, 1)), keras.layers.Flatten(),\n"
        "        keras.layers.Lambda(lambda x: 2 * x),\n"
        "        keras.layers.Dense(10, activation='softmax')]\n"
        "    model = keras.Sequential(layers)\n"
        "    model.compile('adam', 'sparse_categorical_crossentropy', ['accuracy'])\n"
        "    return model\n"
    )
    return f"{path}:build"


def _runner(family: str, task: datasets.Task, folder: Path) -> trial_runner.TrialRunner:
    source = hypermodel.load(family, trial_runner.image_task(task), {})
    scaled = trial_runner.scaled_task(task, source)
    return trial_runner.TrialRunner(source, scaled, folder)


def _final(seed: int, keep: Keep) -> FinalRequest:
    return FinalRequest(
        hyperparameters=SMOOTH,
        seed=seed,
        epochs=3,
        patience=3,
        keep=replace(keep, path=keep.path / f"{seed}.keras"),
    )


def _with_memory_for_two(run: trial_runner.TrialRunner, final: FinalRequest) -> int:
    """Let a group of three have room for two; returns the bytes that are free then."""
    begun = run.trainer.begin(final.training, lambda epoch: True, StageTimer())
    group = begun.loop.inputs.compiled.group(begun.loop.compiled)
    order, _, batch_size = begun.loop.epoch(0)
    free = 1000
    jax_group.available_memory = lambda: free
    while group.room(3, len(order), batch_size) < 2:
        free = round(1.2 * free)
    return free


def _together(run: Callable, finals: list[FinalRequest]) -> tuple[Any, list]:
    epochs: list[EpochRecord] = []
    request = FinalsRequest(finals=tuple(finals))
    result = run(request, lambda epoch: epochs.append(epoch) or True)
    return result.results, epochs


def _compared(run: Callable, finals: list[FinalRequest]) -> list[dict[str, Any]]:
    """What each seed gives together and alone, and how much that differs."""
    together, epochs = _together(run, finals)
    compared = []
    for final, ours in zip(finals, together, strict=True):
        curve: list[EpochRecord] = []
        theirs = run(_elsewhere(final), lambda e, curve=curve: curve.append(e) or True)
        own_curve = [epoch for epoch in epochs if epoch.seed == final.seed]
        compared.append(
            {
                "epochs": (ours.record.epochs, theirs.record.epochs),
                "best_epoch": (ours.record.best_epoch, theirs.record.best_epoch),
                "is_cut_short": (ours.is_cut_short, theirs.is_cut_short),
                "seconds": ours.record.seconds,
                "metrics": _metrics_difference(ours.record, theirs.record),
                "curve": max(map(_metrics_difference, own_curve, curve)),
                "points": (len(own_curve), len(curve)),
                "probabilities": _difference(ours.outputs, theirs.outputs),
                "weights": _weights_difference(final),
            }
        )
    return compared


def _elsewhere(final: FinalRequest) -> FinalRequest:
    """The same final, whose model is kept beside that of the group."""
    if final.keep is None:
        return final
    path = final.keep.path.with_name(f"alone-{final.seed}.keras")
    return replace(final, keep=replace(final.keep, path=path))


def _weights_difference(final: FinalRequest) -> float:
    if final.keep is None:
        return 0.0
    paths = (final.keep.path, _elsewhere(final).keep.path)
    ours, theirs = (keras.models.load_model(path).get_weights() for path in paths)
    return max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs, strict=True))


def _difference(ours: Any, theirs: Any) -> float:
    return float(np.abs(ours["probabilities"] - theirs["probabilities"]).max())


def _metrics_difference(ours: Any, theirs: Any) -> float:
    assert set(ours.metrics) == set(theirs.metrics)
    return max(abs(ours.metrics[name] - theirs.metrics[name]) for name in ours.metrics)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
