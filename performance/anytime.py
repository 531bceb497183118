"""Best validation accuracy over wall time: this toolkit beside its peers.

    python performance/anytime.py --minutes 5 --seeds 0,1,2

Everyone searches the space of ``anytime_space.py`` on the same images, alone on the
machine, in a fresh process that is killed at the deadline; importing counts. Peers
build by the same ``build(hp)`` and train by ``model.fit``. Nobody stops a training
early but by halving. What competed that long with a seed before is not repeated.
"""

from __future__ import annotations

import csv
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

import typer

if TYPE_CHECKING:
    from bench.records import StudySpec

HERE = Path(__file__).resolve().parent
EPOCHS = 20
MARKS = (30, 60, 120, 300)
"""Seconds at which the table compares."""

MOST_TRIALS = 1000
"""More than anyone gets to."""

OURS: dict[str, dict[str, Any]] = {
    # Those with trials plan for that number: a schedule for all of them, or a quarter
    # at random before the model is asked.
    "ours-hyperband": {"tuner": "hyperband", "trials": 15},
    "ours-one-epoch": {"tuner": "one-epoch", "trials": 20},
    "ours-random": {"tuner": "random"},
    "ours-bayesian": {"tuner": "bayesian", "trials": 40},
    "ours-random-asha": {"tuner": "random", "schedule": "asha"},
    "ours-bayesian-asha": {"tuner": "bayesian", "schedule": "asha", "trials": 40},
}
"""Our contenders: what isn't default in their ``StudySpec``, trials in its budget."""

STANDARD = "keras-tuner-hyperband"
"""The peer whose last score all are timed to."""

PEERS: dict[str, tuple[str, dict[str, Any]]] = {
    "keras-tuner-random": ("RandomSearch", {"max_trials": MOST_TRIALS}),
    STANDARD: (
        "Hyperband",
        {"max_epochs": EPOCHS, "factor": 3, "hyperband_iterations": MOST_TRIALS},
    ),
    "keras-tuner-bayesian": ("BayesianOptimization", {"max_trials": MOST_TRIALS}),
    "optuna-tpe-hyperband": ("optuna", {}),
}
"""Our peers: Keras Tuner's tuners with their options, and Optuna."""

Events = list[tuple[float, float]]
"""Seconds since the start and validation accuracy of each epoch, in order."""

Results = dict[str, dict[int, Events]]
"""Events by contender and seed."""

ALL = ",".join([*PEERS, *OURS])
OUT = HERE / "out" / "anytime"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def study(contender: str, dataset: str, seed: int) -> StudySpec:
    """The study that a contender is; of a peer, that whose task and budget it takes."""
    from bench.records import Budget, StudySpec

    options = dict(OURS.get(contender, {}))
    trials = options.pop("trials", MOST_TRIALS)
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
    """Search until killed; a peer notes its epochs in the folder as it ends them."""
    import anytime_space

    def note(epoch: int, logs: Mapping[str, float]) -> None:
        _append(_notes(folder), time.time(), logs["val_accuracy"])

    spec = study(contender, dataset, seed)
    if contender in OURS:
        anytime_space.search_by_us(spec, folder)
    else:
        peer = anytime_space.peer(spec, note, folder)
        anytime_space.search_by_peer(peer, *PEERS[contender])


# In the process that compares ----------------------------------------------


def compete(
    contender: str, dataset: str, seed: int, seconds: float, log: Path
) -> Events:
    """Let one contender search until the deadline; the epochs that it ended by then.

    Raises:
        RuntimeError: It broke down.
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
            # The group, since workers are to die with their study.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if code:
            raise RuntimeError(f"{contender} broke down: see {log}")
        events = _read(_notes(folder)) if contender in PEERS else _stored(folder)
    events = [(ended - started, accuracy) for ended, accuracy in events]
    return sorted(event for event in events if event[0] <= seconds)


def _stored(folder: Path) -> Events:
    """Time of day and accuracy of the epochs in a store."""
    from bench.store import Store
    from bench.store.database import FILE_NAME

    if not (folder / FILE_NAME).exists():
        return []
    with Store(folder, read_only=True) as store:
        return [
            (epoch.ended, epoch.metrics["validation_accuracy"])
            for spec in store.studies()
            for trial in store.trials(spec.id)
            for epoch in store.epochs(spec.id, "trial", trial.number)
        ]


def _notes(folder: Path) -> Path:
    return folder / "epochs.csv"


def _append(path: Path, *row: float) -> None:
    with path.open("a") as file:
        file.write(",".join(f"{value:.6f}" for value in row) + "\n")


def _read(path: Path) -> Events:
    """The rows of two numbers in a file, if there is one; a kill may cut the last."""
    if not path.exists():
        return []
    with path.open() as file:
        whole = [line for line in file if line.endswith("\n")]
    rows = (tuple(map(float, row)) for row in csv.reader(whole))
    return [(row[0], row[1]) for row in rows if len(row) == 2]


def save(path: Path, events: Events, seconds: float) -> None:
    """Write a contender's epochs, and after them the deadline."""
    path.write_text("")
    for row in (*events, (seconds,)):
        _append(path, *row)


def load(path: Path, seconds: float) -> Events | None:
    """The epochs up to a deadline; None where there is no whole file of so many."""
    ends = path.read_text().split()[-1:] if path.exists() else []
    if not ends or "," in ends[0] or float(ends[0]) < seconds:
        return None
    return [event for event in _read(path) if event[0] <= seconds]


# What came of it -----------------------------------------------------------


def best_at(events: Events, seconds: float = math.inf) -> float:
    """The best accuracy up to a time; 0 before there is any."""
    return max((accuracy for t, accuracy in events if t <= seconds), default=0.0)


def summary(results: Results, seconds: float) -> list[dict[str, Any]]:
    """A row for each contender, medians over the seeds, best last score first."""
    marks = [mark for mark in MARKS if mark < seconds] + [seconds]
    rows = []
    for name, runs in results.items():
        row: dict[str, Any] = {"contender": name, "seeds": len(runs)}
        row["epochs"] = round(median(map(len, runs.values())))
        for mark in marks:
            best = median(best_at(events, mark) for events in runs.values())
            row[f"{mark:g} s"] = f"{best:.4f}" if best else None
        row["s to standard"] = _seconds_to(results, name, [STANDARD])
        row["s to best peer"] = _seconds_to(results, name, list(PEERS))
        rows.append(row)
    return sorted(rows, key=lambda row: row[f"{seconds:g} s"] or "", reverse=True)


def _seconds_to(results: Results, name: str, peers: Sequence[str]) -> float | None:
    """Median time until the best last score of some peers, with the same seed."""
    times = []
    for seed, events in results[name].items():
        goal = max(best_at(results.get(p, {}).get(seed, [])) for p in peers)
        reached = (t for t, accuracy in events if accuracy >= goal > 0)
        times.append(next(reached, math.inf))
    return None if math.isinf(median(times)) else round(median(times), 1)


def draw(names: Sequence[str], results: Results, seconds: float, path: Path) -> None:
    """Draw the best so far over time: medians, and each seed faintly."""
    import numpy as np
    import seaborn as sns
    from matplotlib.figure import Figure

    with sns.axes_style("whitegrid"):
        figure = Figure(figsize=(10, 5.5), layout="constrained")
        axes = figure.subplots()
    for name, color in zip(names, sns.color_palette("tab10", len(names)), strict=True):
        runs = results[name]
        times = sorted({t for events in runs.values() for t, _ in events} | {seconds})
        curves = [[best_at(events, t) for t in times] for events in runs.values()]
        style = {"color": color, "ls": "-" if name in OURS else "--", "where": "post"}
        for curve in curves if len(curves) > 1 else ():
            axes.step(times, curve, alpha=0.3, lw=0.8, **style)
        middle = np.median(curves, axis=0)
        axes.step(times, middle, lw=2, label=f"{middle[-1]:.4f}  {name}", **style)
    every = [events for runs in results.values() for events in runs.values() if events]
    first, top = min(e[0][0] for e in every) / 1.1, max(map(best_at, every))
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
    minutes: Annotated[float, typer.Option(help="Of each contender and seed.")] = 5,
    seeds: Annotated[str, typer.Option(help="Such as 0,1,2.")] = "0",
    contenders: Annotated[str, typer.Option(help="Such as a,b.")] = ALL,
    dataset: Annotated[str, typer.Option(help="By its name.")] = "fashion_mnist",
    out: Annotated[Path, typer.Option(help="One for each data set.")] = OUT,
    fresh: Annotated[bool, typer.Option("--fresh", help="Repeat all.")] = False,
) -> None:
    """Compare contenders, one after the other."""
    if context.invoked_subcommand:
        return
    from common import write

    # Ending by an exception, it ends the contender too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    seconds, results = 60 * minutes, Results()
    out.mkdir(parents=True, exist_ok=True)
    for seed in map(int, seeds.split(",")):
        for name in contenders.split(","):
            path = out / f"{seed}-{name}.csv"
            events = None if fresh else load(path, seconds)
            if events is None:
                events = compete(name, dataset, seed, seconds, path.with_suffix(".log"))
                save(path, events, seconds)
            results.setdefault(name, {})[seed] = events
            print(f"{name}, seed {seed}: {best_at(events):.4f}, {len(events)} epochs")
    rows = summary(results, seconds)
    print(write("anytime", rows))
    draw([row["contender"] for row in rows], results, seconds, out.with_suffix(".png"))


if __name__ == "__main__":
    app()
