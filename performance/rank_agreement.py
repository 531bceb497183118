"""Measures how well the ranking at a rung agrees with the ranking after full training.

    python performance/rank_agreement.py --families linear,lenet --dataset digits
    python performance/rank_agreement.py --dataset fashion_mnist --images 2000

Random configurations of each family are trained for all epochs, without early stopping.
At each rung they are compared by the best objective so far, as asha and hyperband do,
and at the end by the best of all epochs. ``rho`` is Spearman's rank correlation of the
two. ``promoted`` says how many of the best three configurations at the end are among
the best third at the rung, and so would continue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np
import typer
from common import write
from scipy.stats import spearmanr

from bench.records import Budget, Origin, Resources, Role, TaskType

FAMILIES = "linear,dense,lenet,simple_cnn,vgg,resnet"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

Curves = Sequence[Sequence[Mapping[str, float]]]
"""The metrics of every epoch of every configuration."""


@app.command()
def main(
    families: Annotated[str, typer.Option(help="Comma-separated.")] = FAMILIES,
    dataset: Annotated[str, typer.Option(help="As in search.")] = "digits",
    images: Annotated[int | None, typer.Option(help="As in search.")] = None,
    configurations: Annotated[int, typer.Option(help="Of each family.", min=3)] = 30,
    epochs: Annotated[int, typer.Option(help="Of every configuration.", min=3)] = 50,
    workers: Annotated[int | None, typer.Option(help="As in search.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the search.")] = 0,
) -> None:
    """Train random configurations; print and write the agreement at each rung."""
    from search_only import prepare_study

    from bench.searchers.asha import rung_epochs

    # The first configuration is the default one, which isn't random.
    budget = Budget(trials=configurations + 1, epochs=epochs, patience=epochs)
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
        curves = _curves(prepared, Resources(workers=workers))
        typer.echo(f"{family}: {len(curves)} configurations trained")
        for rung in rung_epochs(epochs):
            agreement = _agreement(curves, rung, prepared.spec.task_type)
            rows.append({"family": family, "rung": rung} | agreement)
    size = "" if images is None else f", {images:,} images"
    note = f"{dataset}{size}, {configurations} configurations, {epochs} epochs"
    typer.echo(write(f"rank_agreement-{dataset}", rows, f"{note}, seed {seed}"))


def _curves(prepared: Any, resources: Resources) -> Curves:
    """Learning curves of the configurations that were trained to the end."""
    from search_only import searched

    with searched(prepared, resources) as (_, store):
        curves = [
            store.epochs(prepared.id, Role.TRIAL, trial.number)
            for trial in store.trials(prepared.id)
            if trial.proposal.origin is Origin.RANDOM
        ]
    return [
        [epoch.metrics for epoch in curve]
        for curve in curves
        if len(curve) == prepared.spec.budget.epochs
    ]


def _agreement(curves: Curves, rung: int, task_type: TaskType) -> dict[str, Any]:
    at_rung, at_end = (
        np.array([max(map(task_type.score, curve[:epochs])) for curve in curves])
        for epochs in (rung, None)
    )
    best = np.argsort(-at_end, kind="stable")[:3]
    continuing = np.argsort(-at_rung, kind="stable")[: len(curves) // 3]
    return {
        "configurations": len(curves),
        "rho": round(float(spearmanr(at_rung, at_end).statistic), 3),
        "promoted": f"{len(set(best) & set(continuing))} of 3",
    }


if __name__ == "__main__":
    app()
