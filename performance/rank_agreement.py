"""Measures how well the ranking at a rung agrees with the ranking after full training.

    python performance/rank_agreement.py --families linear,lenet --dataset digits
    python performance/rank_agreement.py --dataset fashion_mnist --images 2000
    python performance/rank_agreement.py --dataset fashion_mnist --parts

Random configurations of each family are trained for all epochs, without early stopping.
At each rung they are compared by the best objective so far, as asha and hyperband do,
and at the end by the best of all epochs. ``rho`` is Spearman's rank correlation of the
two. ``promoted`` says how many of the best three configurations at the end are among
the best third at the rung, and so would continue. ``seconds`` is the median of what a
configuration takes up to the rung, its model included, on a worker's core.

With ``--parts`` the same configurations are trained on a ninth and a third of the
images too, for few epochs, and compared after each of them; the rungs of one and two
epochs on all images stand beside them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Annotated, Any, NamedTuple

import numpy as np
import typer
from common import write
from scipy.stats import spearmanr

from bench.records import Budget, EpochRecord, Origin, Proposal, Resources, TaskType

FAMILIES = "linear,dense,lenet,simple_cnn,vgg,resnet"

PARTS = (1 / 9, 1 / 3)
"""Shares of the training images of the rungs on parts."""

PART_EPOCHS = 3
"""Number of epochs for which configurations are trained on parts."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class Training(NamedTuple):
    """One training: the metrics of every epoch, and its seconds up to each of them."""

    metrics: Sequence[Mapping[str, float]]
    seconds: Sequence[float]


Trainings = Mapping[int, Training]
"""Trainings to their end, by the number of the configuration."""


@app.command()
def main(
    families: Annotated[str, typer.Option(help="Comma-separated.")] = FAMILIES,
    dataset: Annotated[str, typer.Option(help="As in search.")] = "digits",
    images: Annotated[int | None, typer.Option(help="As in search.")] = None,
    configurations: Annotated[int, typer.Option(help="Of each family.", min=3)] = 30,
    epochs: Annotated[int, typer.Option(help="Of every configuration.", min=3)] = 50,
    workers: Annotated[int | None, typer.Option(help="As in search.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the search.")] = 0,
    parts: Annotated[bool, typer.Option("--parts", help="Rungs on parts too.")] = False,
) -> None:
    """Train random configurations; print and write the agreement at each rung."""
    from search_only import prepare_study

    from bench.searchers.asha import rung_epochs

    budget = Budget(trials=configurations, epochs=epochs, patience=epochs)
    rungs = {(1.0, rung) for rung in rung_epochs(epochs)}
    if parts:
        early = range(1, PART_EPOCHS + 1)
        rungs |= {(share, rung) for share in PARTS for rung in early}
        rungs |= {(1.0, 1), (1.0, 2)}
    size = "" if images is None else f", {images:,} images"
    note = f"{dataset}{size}, {configurations} configurations, {epochs} epochs"
    note = f"{note}, seed {seed}"
    rows = []
    for family in families.split(","):
        prepared = prepare_study(
            family=family,
            dataset=dataset,
            images=images,
            tuner="random",
            budget=budget,
            seed=seed,
        )
        shares = (*PARTS, 1.0) if parts else (1.0,)
        trained = _trained(prepared, Resources(workers=workers), shares)
        typer.echo(f"{family}: {len(trained[1.0])} configurations trained")
        for share, rung in sorted(rungs):
            agreement = _agreement(trained, share, rung, prepared.spec.task_type)
            rows.append({"family": family, "part": share, "rung": rung} | agreement)
        # What is measured of a family stays if the next one is interrupted.
        typer.echo(write(f"rank_agreement-{dataset}", rows, note))


def _trained(
    prepared: Any, resources: Resources, shares: Sequence[float]
) -> Mapping[float, Trainings]:
    """Trainings of random configurations on shares of the images."""
    from bench.study.execution import make_executor

    curves: dict[int, list[EpochRecord]] = {}
    rests: dict[int, float] = {}

    def on_epoch(key: int, epoch: EpochRecord) -> bool:
        curves.setdefault(key, []).append(epoch)
        return True

    requests = _requests(prepared, shares)
    with (
        tempfile.TemporaryDirectory() as name,
        closing(
            make_executor(prepared, resources, Path(name), Path(name) / "cache")
        ) as executor,
    ):
        for key, request in requests.items():
            executor.submit(key, request)
        while executor.in_flight:
            key, result = executor.collect(on_epoch)
            if result.error is None:
                trained = sum(epoch.seconds for epoch in curves[key])
                rests[key] = result.seconds - trained
    return {
        share: {
            key // len(shares): _training(curves[key], rests[key])
            for key in rests
            if key % len(shares) == place
        }
        for place, share in enumerate(shares)
    }


def _training(curve: Sequence[EpochRecord], rest: float) -> Training:
    seconds = rest + np.cumsum([epoch.seconds for epoch in curve])
    return Training([epoch.metrics for epoch in curve], seconds.tolist())


def _requests(prepared: Any, shares: Sequence[float]) -> dict[int, Any]:
    """A training of each random configuration on each share of the images."""
    from bench.study.samples import random_sampler
    from bench.study.trial_seed import trial_seed
    from bench.training.request import TrialRequest

    budget, seed = prepared.spec.budget, prepared.spec.seed
    # The first configuration is the default one, which isn't random.
    sampler = random_sampler(prepared, budget.trials + 1)
    asked = [sampler.ask(number) for number in range(budget.trials + 1)]
    drawn = [each for each in asked if each and each.origin is Origin.RANDOM]
    return {
        number * len(shares) + place: TrialRequest(
            hyperparameters=proposal.hyperparameters,
            seed=trial_seed(seed, number + 1, None),
            epochs=PART_EPOCHS if share < 1 else budget.epochs,
            full_epochs=budget.epochs,
            patience=budget.patience,
            image_share=share,
            validation_share=_on(proposal, share).validation_share,
        )
        for number, proposal in enumerate(drawn)
        for place, share in enumerate(shares)
    }


def _on(proposal: Proposal, share: float) -> Proposal:
    return replace(proposal, image_share=share)


def _agreement(
    trained: Mapping[float, Trainings], share: float, rung: int, task_type: TaskType
) -> dict[str, Any]:
    early, late = trained[share], trained[1.0]
    both = sorted({*early} & {*late})
    at_rung, at_end = (
        np.array([max(map(task_type.score, some[n].metrics[:stop])) for n in both])
        for some, stop in ((early, rung), (late, None))
    )
    best = np.argsort(-at_end, kind="stable")[:3]
    continuing = np.argsort(-at_rung, kind="stable")[: len(both) // 3]
    return {
        "configurations": len(both),
        "rho": round(float(spearmanr(at_rung, at_end).statistic), 3),
        "promoted": f"{len(set(best) & set(continuing))} of 3",
        "seconds": round(median(early[n].seconds[rung - 1] for n in both), 2),
    }


if __name__ == "__main__":
    app()
