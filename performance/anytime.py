"""Compares best validation accuracies over wall time, here and in other tools.

    python performance/anytime.py --minutes 5 --seeds 0,1,2

All contenders search the space of ``anytime_space.py`` on the same images, each alone
on the machine and in a fresh process that is killed at the deadline; the time to import
packages counts. Peers build models by the same ``build(hp)`` and train them by
``model.fit``. No contender ends trials early except by successive halving. A contender
that has already searched that long with a seed is not measured again.
"""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated, Any

import epoch_log
import typer
from epoch_log import Events, best_at

if TYPE_CHECKING:
    from bench.records import StudySpec

HERE = Path(__file__).resolve().parent
EPOCHS = 20
MARKS = (30, 60, 120, 300)
"""Seconds after which the table compares accuracies."""

MAX_TRIALS = 1000
"""Maximum number of trials, more than any contender reaches."""

OURS: dict[str, dict[str, Any]] = {
    # Searchers that plan for a number of trials are given one. Hyperband schedules
    # all of them; the Bayesian search draws the first quarter at random.
    "ours-hyperband": {"tuner": "hyperband", "trials": 15},
    "ours-one-epoch": {"tuner": "one-epoch", "trials": 20},
    "ours-random": {"tuner": "random"},
    "ours-bayesian": {"tuner": "bayesian", "trials": 40},
    "ours-random-asha": {"tuner": "random", "schedule": "asha"},
    "ours-bayesian-asha": {"tuner": "bayesian", "schedule": "asha", "trials": 40},
    "ours-bfloat16": {
        "tuner": "bayesian",
        "schedule": "asha",
        "trials": 40,
        "precision": "bfloat16",
    },
}
"""Options of our contenders' ``StudySpec`` that differ from the defaults.

``trials`` belongs to its budget.
"""

STANDARD = "keras-tuner-hyperband"
"""The peer whose last accuracy all contenders are timed to reach."""

PEERS: dict[str, tuple[str, dict[str, Any]]] = {
    "keras-tuner-random": ("RandomSearch", {"max_trials": MAX_TRIALS}),
    STANDARD: (
        "Hyperband",
        {"max_epochs": EPOCHS, "factor": 3, "hyperband_iterations": MAX_TRIALS},
    ),
    "keras-tuner-bayesian": ("BayesianOptimization", {"max_trials": MAX_TRIALS}),
    "optuna-tpe-hyperband": ("optuna", {}),
}
"""The tuner of each peer with its options: one of Keras Tuner, or Optuna."""

Results = dict[str, dict[int, Events]]
"""Events by contender and seed."""

ALL = ",".join([*PEERS, *OURS])
OUT = HERE / "out" / "anytime"
LOG = "epochs.csv"
"""Name of the file in which a peer logs its epochs, by time of day."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def study(contender: str, dataset: str, seed: int) -> StudySpec:
    """The study that a contender runs, or whose task and budget a peer takes over."""
    from bench.records import Budget, StudySpec

    options = dict(OURS.get(contender, {}))
    trials = options.pop("trials", MAX_TRIALS)
    return StudySpec(
        family=f"{HERE / 'anytime_space.py'}:Anytime",
        dataset=dataset,
        budget=Budget(trials=trials, epochs=EPOCHS, patience=EPOCHS),
        seed=seed,
        seeds=1,
        **options,
    )


# In a contender's process --------------------------------------------------


@app.command(hidden=True)
def contend(contender: str, dataset: str, seed: int, folder: Path) -> None:
    """Search until killed; a peer writes its epochs to the folder as they end."""
    import anytime_space

    def log_epoch(epoch: int, logs: Mapping[str, float]) -> None:
        epoch_log.append(folder / LOG, time.time(), logs["val_accuracy"])

    spec = study(contender, dataset, seed)
    if contender in OURS:
        anytime_space.search_by_us(spec, folder)
    else:
        peer = anytime_space.peer(spec, log_epoch, folder)
        anytime_space.search_by_peer(peer, *PEERS[contender])


# In the process that compares ----------------------------------------------


def compete(
    contender: str, dataset: str, seed: int, seconds: float, log: Path
) -> Events:
    """Let one contender search until the deadline.

    Returns:
        The epochs that ended before the deadline.

    Raises:
        RuntimeError: The contender failed.
    """
    scratch = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with scratch as name, log.open("w") as output:
        started, folder = time.time(), Path(name)
        arguments = map(str, (contender, dataset, seed, folder))
        process = subprocess.Popen(
            [sys.executable, __file__, "contend", *arguments],
            env={"KERAS_BACKEND": "tensorflow", **os.environ},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = 0
        finally:
            # The whole group, so that workers end with their study.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if code:
            raise RuntimeError(f"{contender} failed: see {log}")
        events = epoch_log.read(folder / LOG) if contender in PEERS else _stored(folder)
    events = [(ended - started, accuracy) for ended, accuracy in events]
    return sorted(event for event in events if event[0] <= seconds)


def _stored(folder: Path) -> Events:
    """Times of day and accuracies of the epochs in a store."""
    from bench.records import Role
    from bench.store import Store
    from bench.store.database import FILE_NAME

    if not (folder / FILE_NAME).exists():
        return []
    with Store(folder, read_only=True) as store:
        return [
            (epoch.ended, epoch.metrics["validation_accuracy"])
            for spec in store.studies()
            for trial in store.trials(spec.id)
            for epoch in store.epochs(spec.id, Role.TRIAL, trial.number)
        ]


# Results -------------------------------------------------------------------


def summary(results: Results, seconds: float) -> list[dict[str, Any]]:
    """A row of medians over the seeds for each contender, best last accuracy first."""
    marks = [mark for mark in MARKS if mark < seconds] + [seconds]
    rows = []
    for name, by_seed in results.items():
        row: dict[str, Any] = {"contender": name, "seeds": len(by_seed)}
        row["epochs"] = round(median(map(len, by_seed.values())))
        for mark in marks:
            best = median(best_at(events, mark) for events in by_seed.values())
            row[f"{mark:g} s"] = f"{best:.4f}" if best else None
        row["s to standard"] = _seconds_to(results, name, [STANDARD])
        row["s to best peer"] = _seconds_to(results, name, list(PEERS))
        rows.append(row)
    return sorted(rows, key=lambda row: row[f"{seconds:g} s"] or "", reverse=True)


def _seconds_to(results: Results, name: str, peers: Sequence[str]) -> float | None:
    """Median seconds to reach the best last accuracy of some peers with each seed."""
    times = []
    for seed, events in results[name].items():
        target = max(best_at(results.get(p, {}).get(seed, [])) for p in peers)
        reached = (t for t, accuracy in events if accuracy >= target > 0)
        times.append(next(reached, math.inf))
    return None if math.isinf(median(times)) else round(median(times), 1)


def draw(names: Sequence[str], results: Results, seconds: float, path: Path) -> None:
    """Draw the best accuracy so far over time: medians, and each seed faintly."""
    import numpy as np
    import seaborn as sns
    from matplotlib.figure import Figure

    with sns.axes_style("whitegrid"):
        figure = Figure(figsize=(10, 5.5), layout="constrained")
        axes = figure.subplots()
    for name, color in zip(names, sns.color_palette("tab10", len(names)), strict=True):
        by_seed = results[name].values()
        times = sorted({t for events in by_seed for t, _ in events} | {seconds})
        curves = [[best_at(events, t) for t in times] for events in by_seed]
        style = {"color": color, "ls": "-" if name in OURS else "--", "where": "post"}
        for curve in curves if len(curves) > 1 else ():
            axes.step(times, curve, alpha=0.3, lw=0.8, **style)
        middle = np.median(curves, axis=0)
        axes.step(times, middle, lw=2, label=f"{middle[-1]:.4f}  {name}", **style)
    all_events = [
        events for by_seed in results.values() for events in by_seed.values() if events
    ]
    first = min(events[0][0] for events in all_events) / 1.1
    top = max(map(best_at, all_events))
    axes.set(xscale="log", xlim=(first, seconds), ylim=(top - 0.075, top + 0.005))
    ticks = [t for t in sorted({5, 10, 20, *MARKS, seconds}) if first <= t <= seconds]
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.minorticks_off()
    axes.set_xlabel("seconds since the start of the process (logarithmic)")
    axes.set_ylabel("best validation accuracy so far")
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    figure.savefig(path, dpi=120)


@app.callback(invoke_without_command=True)
def compare(
    context: typer.Context,
    minutes: Annotated[float, typer.Option(help="Minutes per contender and seed.")] = 5,
    seeds: Annotated[str, typer.Option(help="Comma-separated, such as 0,1,2.")] = "0",
    contenders: Annotated[str, typer.Option(help="Comma-separated.")] = ALL,
    dataset: Annotated[
        str, typer.Option(help="Name of the data set.")
    ] = "fashion_mnist",
    out: Annotated[
        Path, typer.Option(help="Folder of the epochs; another for each data set.")
    ] = OUT,
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure all anew.")] = False,
) -> None:
    """Measure contenders one after the other; print, write and draw a comparison."""
    if context.invoked_subcommand:
        return
    from common import chosen, write

    # An exception, unlike the signal itself, ends the contender too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    seconds, results = 60 * minutes, Results()
    out.mkdir(parents=True, exist_ok=True)
    for seed in map(int, seeds.split(",")):
        for name in chosen(contenders, [*PEERS, *OURS]):
            path = out / f"{seed}-{name}.csv"
            events = None if fresh else epoch_log.load(path, seconds)
            if events is None:
                events = compete(name, dataset, seed, seconds, path.with_suffix(".log"))
                epoch_log.save(path, events, seconds)
            results.setdefault(name, {})[seed] = events
            print(f"{name}, seed {seed}: {best_at(events):.4f}, {len(events)} epochs")
    rows = summary(results, seconds)
    print(write("anytime", rows))
    draw([row["contender"] for row in rows], results, seconds, out.with_suffix(".png"))


if __name__ == "__main__":
    app()
