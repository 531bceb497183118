"""The commands that study families: search, suite, and plan, which says the cost."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bench.cli import options
from bench.cli.tables import console, show

if TYPE_CHECKING:
    from bench.records import StudySpec

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


def search(
    families: options.Families,
    dataset: options.Dataset = "digits",
    data: options.Data = None,
    tuner: options.Tuner = "hyperband",
    schedule: options.Schedule = None,
    folds: options.Folds = None,
    trials: options.Trials = None,
    epochs: options.Epochs = 50,
    patience: options.Patience = 5,
    time: options.Time = None,
    seeds: options.Seeds = 3,
    seed: options.Seed = 0,
    only: options.Only = None,
    fix: options.Fix = None,
    variants: options.Variants = None,
    weights: options.Weights = None,
    max_parameters: options.MaxParameters = None,
    noise_mean: options.NoiseMean = None,
    noise_variance: options.NoiseVariance = None,
    min_compression: options.MinCompression = None,
    fid_network: options.FidNetwork = None,
    validation_fraction: options.ValidationFraction = 0.15,
    test_fraction: options.TestFraction = 0.12,
    image_size: options.ImageSize = None,
    images: options.Images = None,
    skip_unreadable: options.SkipUnreadable = False,
    backend: options.Backend = None,
    workers: options.Workers = None,
    trial_timeout: options.TrialTimeout = None,
    results: options.Results = Path("results"),
    fresh: options.Fresh = False,
    quiet: options.Quiet = False,
) -> None:
    """Search families on a data set, train the best, write the leaderboard.

    The same command given again continues what was interrupted, and prints what is
    finished.
    """
    from bench.store import check_writable

    specs, crew, rest = _asked(
        **{name: value for name, value in locals().items() if name in _SHARED}
    )
    check_writable(results)  # before Keras takes its seconds
    with _interruptible():
        session = _start_with_workers(specs[0], workers)
        session.search(
            specs,
            crew=session.plan.Crew(**crew),
            results=results,
            fresh=fresh,
            quiet=quiet,
            console=console(),
            **rest,
        )


def plan(as_json: options.Json = False, **asked: Any) -> None:
    """Say what a search will take at most, before anything is spent.

    A few configurations are timed for a few steps; trials that their patience ends
    make the search shorter. Nothing is written.
    """
    specs, crew, rest = _asked(**asked)
    session = _start_with_workers(specs[0], crew["workers"])
    estimates = session.estimate(specs, crew=session.plan.Crew(**crew), **rest)
    if as_json:
        show([asdict(estimate) for estimate in estimates], True)
        return
    from bench.study.progress_lines import duration

    show([_costs(estimate, duration) for estimate in estimates], False)
    for estimate in estimates:
        if estimate.failed:
            print(
                f"{estimate.family}: {estimate.failed} of the sampled configurations "
                f"can't be trained, the last with {estimate.error}"
            )


def suite(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.toml", help="See suites/quick.toml.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the studies and end.")
    ] = False,
    data: options.Data = None,
    weights: options.Weights = None,
    workers: options.Workers = None,
    trial_timeout: options.TrialTimeout = None,
    results: options.Results = Path("results"),
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Search data sets x families x tuners x seeds, as a file says.

    The same command given again continues what was interrupted. A study that can't be
    done doesn't keep the others from it.
    """
    from bench.store import check_writable
    from bench.study import suites

    given = {} if weights is None else {"weights": weights}
    groups = suites.read(file, **given)
    if dry_run:
        show([row for group in groups for row in suites.listed(group)], as_json)
        return
    check_writable(results)
    crew = {"workers": workers, "trial_timeout": _limit(trial_timeout)}
    with _interruptible():
        session = _start_with_workers(groups[0].specs[0], workers)
        failures = session.suite(
            groups,
            crew=session.plan.Crew(**crew),
            results=results,
            data=data,
            quiet=quiet,
            console=console(),
        )
    for failure in failures:
        print(f"left out: {failure}", file=sys.stderr)
    if failures:
        raise typer.Exit(1)


@contextmanager
def _interruptible() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        print(
            "interrupted; what is finished is kept: give the same command again to "
            "continue",
            file=sys.stderr,
        )
        raise typer.Exit(INTERRUPTED) from None


def _limit(trial_timeout: str | None) -> float | None:
    from bench.study import specs as arguments

    if trial_timeout is None:
        return None
    return arguments.seconds(trial_timeout, "--trial-timeout")


def _start_with_workers(spec: StudySpec, workers: int | None) -> ModuleType:
    """Let the process of the workers import Keras while this one does."""
    if workers != 0:
        from bench.executors import local
        from bench.training import PRELOAD

        os.environ["KERAS_BACKEND"] = spec.backend
        local.prepare([PRELOAD])
    return start_session(spec)


def start_session(spec: StudySpec) -> ModuleType:
    """The part that needs Keras, imported on the backend that was chosen."""
    from bench.training import backend

    backend.start(spec.backend)
    return importlib.import_module("bench.study.run.session")


def _asked(
    *,
    families: list[str],
    data: Path | None,
    skip_unreadable: bool,
    workers: int | None,
    trial_timeout: str | None,
    variants: str | None = None,
    **options: Any,
) -> tuple[list[StudySpec], dict[str, Any], dict[str, Any]]:
    """What was asked: studies, who trains them, and where from."""
    from bench.study import specs as arguments

    limit = _limit(trial_timeout)
    specs = arguments.specs(families, **options)
    arguments.check_options(families, options)
    return (
        specs,
        {"workers": workers, "trial_timeout": limit},
        {"data": data, "skip_unreadable": skip_unreadable, "variants": variants},
    )


def _costs(estimate: Any, duration: Any) -> dict[str, str]:
    low, high = estimate.epoch_seconds
    whole = estimate.search_seconds + estimate.final_seconds
    if estimate.budget_seconds is not None:
        whole = min(whole, estimate.budget_seconds)
    return {
        "family": estimate.family,
        "tuner": estimate.searcher,
        "trials": str(estimate.trainings),
        "epochs": f"{estimate.epochs:,}",
        "seconds_an epoch": f"{_short(low)} to {_short(high)}",
        "search_at most": duration(estimate.search_seconds),
        "finals_at most": duration(estimate.final_seconds),
        "in all_at most": duration(whole),
        "core-_seconds": f"{estimate.core_seconds:,.0f}",
        "memory_at most": f"{estimate.memory_mib / 1024:.1f} GiB",
    }


def _short(seconds: float) -> str:
    return f"{seconds:,.0f}" if seconds >= 10 else f"{seconds:.2g}"


_OF_SEARCH_ALONE = {"results", "fresh", "quiet"}
_SHARED = {
    name: parameter
    for name, parameter in inspect.signature(search, eval_str=True).parameters.items()
    if name not in _OF_SEARCH_ALONE
}


def _take_options() -> None:
    """Give ``plan`` the options of ``search``, so that they are listed once."""
    own = inspect.signature(plan, eval_str=True).parameters["as_json"]
    setattr(  # noqa: B010, since mypy knows functions without it
        plan,
        "__signature__",
        inspect.Signature([*_SHARED.values(), own]),
    )
    plan.__annotations__ = search.__annotations__ | plan.__annotations__


_take_options()
