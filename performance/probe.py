"""Compares ``transfer`` under ``--time`` with a linear probe on the same photographs.

    python performance/probe.py compare folder:cats --weights mobilenet_v2.h5

The probe is what a practitioner writes first: scikit-learn's logistic regression on the
averaged outputs of MobileNetV2, for images of one side. It trains on training and
validation images together, while ``transfer`` keeps the validation images for its
choice. Both are tested on the same images.

Every contender is a process of its own, and ``seconds`` are those of the whole process.
``score`` is the test accuracy, with the standard error over test images; of
``transfer`` it is the mean over its final trainings. ``default`` is that of the default
configuration, where there was time to train it.
"""

from __future__ import annotations

import json
import math
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any

import numpy as np
import typer
from common import ENVIRONMENT, measure, measure_contender, write

from bench.records import FinalRecord, ImageSource, Role, StudySpec
from bench.records.selection import best_trial
from bench.store import Store

BATCH = 64
"""Number of images in a batch of the network."""

CHOSEN = ("resolution", "augmentation", "pooling", "head_units", "flat_units")
"""Hyperparameters of the best configuration that the table shows."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True, kw_only=True)
class Photographs:
    """A data set, and the seed that divides it.

    Attributes:
        dataset: As of ``--dataset``.
        weights: File of weights of MobileNetV2.
        seed: Of the split, and of the search.
        side: Side of the probe's images, in pixels.
    """

    dataset: str
    weights: str
    seed: int
    side: int

    @property
    def spec(self) -> StudySpec:
        """A study on these photographs."""
        return StudySpec(family="transfer", dataset=self.dataset, seed=self.seed)


@app.command()
def compare(
    photographs: Annotated[list[str], typer.Argument(help="Data sets.")],
    weights: Annotated[Path, typer.Option(help="Weights of MobileNetV2.")],
    minutes: Annotated[str, typer.Option(help="Values of --time.")] = "2,5,10",
    seeds: Annotated[str, typer.Option(help="Separated by commas.")] = "0",
    side: Annotated[int, typer.Option(help="Of the probe's images.")] = 96,
) -> None:
    """Measure the probe and each search in turns, and print the table after each."""
    rows: list[dict[str, Any]] = []
    for dataset in photographs:
        for seed in map(int, seeds.split(",")):
            asked = Photographs(
                dataset=dataset, weights=str(weights), seed=seed, side=side
            )
            rows.append(_probe_row(asked))
            for limit in minutes.split(","):
                rows.append(_search_row(asked, limit))
                write("probe", rows)


@app.command()
def contend(request: str, path: Path) -> None:
    """Train one probe; called by ``compare``."""
    path.write_text(json.dumps(_probe(Photographs(**json.loads(request)))))


def _probe_row(asked: Photographs) -> dict[str, Any]:
    costs, outcome = measure_contender(__file__, vars(asked))
    return _row(asked, f"probe at {asked.side} px", costs.seconds, outcome)


def _probe(asked: Photographs) -> dict[str, Any]:
    """The accuracy of a probe, and the number of images that it is of."""
    from sklearn.linear_model import LogisticRegression

    from bench.datasets import load_for

    task = load_for(asked.spec, ImageSource())
    network = _network(asked, task.record.image_shape)
    train, validation, test = (
        network.predict(part.images, batch_size=BATCH, verbose=0)
        for part in (task.train, task.validation, task.test)
    )
    model = LogisticRegression(max_iter=1000).fit(
        np.concatenate([train, validation]),
        np.concatenate([task.train.labels, task.validation.labels]),
    )
    score = float(model.score(test, task.test.labels))
    return {"score": score, "images": len(test)}


def _network(asked: Photographs, shape: Sequence[int]) -> Any:
    """MobileNetV2, up to averages of its outputs, for images of a shape."""
    import keras

    network = keras.applications.MobileNetV2(
        input_shape=(asked.side, asked.side, 3),
        include_top=False,
        weights=asked.weights,
        pooling="avg",
    )
    inputs = keras.Input(shape)
    images = keras.layers.Resizing(asked.side, asked.side)(inputs)
    images = keras.applications.mobilenet_v2.preprocess_input(images)
    return keras.Model(inputs, network(images))


def _search_row(asked: Photographs, minutes: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bench", "search", "transfer"]
        command += ["--dataset", asked.dataset, "--weights", asked.weights]
        command += ["--seed", str(asked.seed), "--time", f"{minutes}m"]
        costs = measure([*command, "--results", folder], ENVIRONMENT)
        with Store(Path(folder), read_only=True) as store:
            (study,) = store.studies()
            trials = store.trials(study.id)
            best = best_trial(trials, study.spec)
            assert best is not None
            values = best.proposal.hyperparameters
            outcome = {
                "score": _mean(store.finals(study.id)),
                "images": study.task.test,
                "default": _mean(store.finals(study.id, Role.DEFAULT)),
                "trials": len(trials),
                "best": ", ".join(str(values[n]) for n in CHOSEN if n in values),
            }
    return _row(asked, f"transfer, {minutes} min", costs.seconds, outcome)


def _mean(finals: Sequence[FinalRecord]) -> float | None:
    if not finals:
        return None
    return fmean(final.metrics["test_accuracy"] for final in finals)


def _row(
    asked: Photographs, contender: str, seconds: float, outcome: dict[str, Any]
) -> dict[str, Any]:
    score, default = outcome["score"], outcome.get("default")
    error = math.sqrt(score * (1 - score) / outcome["images"])
    return {
        "photographs": Path(asked.dataset.partition(":")[2]).name,
        "seed": asked.seed,
        "contender": contender,
        "seconds": round(seconds),
        "score": f"{score:.4f} ± {error:.4f}",
        "test images": outcome["images"],
        "default": None if default is None else round(default, 4),
        "trials": outcome.get("trials"),
        "best": outcome.get("best", ""),
        "load": round(os.getloadavg()[1], 1),
    }


if __name__ == "__main__":
    app()
