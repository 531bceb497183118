"""The commands that run studies or say what they will cost."""

from __future__ import annotations

import math
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bench.cli import parameters
from bench.cli.session import interruptible
from bench.cli.tables import console, report_loss, show, table_options
from bench.records.durations import duration, exact
from bench.study.requests import request, search_options
from bench.study.start import start_with_workers
from bench.text import complain, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.datasets import Task
    from bench.records import SearchRequest
    from bench.study.cost import Cost
    from bench.study.session import AtEnd

_MAIN = ("family", "in all_at most", "trials", "epochs", "memory_at most")
"""The columns of costs that matter most."""

_SEARCH_OPTIONS = search_options()
_NOT_OF_PLAN = ("fresh", "track", "quiet")
_PLAN_OPTIONS = [o for o in _SEARCH_OPTIONS if o.name not in _NOT_OF_PLAN]
_SUITE_OPTIONS = [
    option
    for option in _SEARCH_OPTIONS
    if option.name in ("data", "cache_size", "weights", "results", "track", "quiet")
    or option in parameters.RESOURCES
]


@parameters.with_options(_SEARCH_OPTIONS, hides_rare=True)
def search(families: parameters.Families, **options: Any) -> None:
    """Search families on a data set, train the best, write the leaderboard.

    The same command given again continues an interrupted search, and prints the
    board of a finished one.
    """
    from bench.study import early

    asked = request(families, options)
    early.check(asked)
    from bench.store import check_writable
    from bench.study import finished

    check_writable(asked.results)  # before the seconds that importing Keras takes
    with interruptible():
        load = cache(partial(early.load, asked))
        if not finished.answer(asked, load, console()):
            session, task = _started(asked, load)
            session.search(asked, console(), _at_end(), task=task)
    report_loss()


@table_options(columns=True)
@parameters.with_options(_PLAN_OPTIONS, hides_rare=True)
def plan(
    families: parameters.Families, as_json: parameters.Json = False, **options: Any
) -> None:
    """Say what a search will take at most, before anything is spent.

    A few steps of a few configurations are timed, from which the others are predicted;
    this machine's earlier studies in the results folder tell how far predictions are
    off. The search is shorter where trials end early for lack of improvement. Nothing
    is written.
    """
    from bench.study import early

    asked = request(families, options)
    early.check(asked)
    session, task = _started(asked, partial(early.load, asked))
    costs = session.costs(asked, task=task)
    if as_json:
        show([asdict(cost) for cost in costs], True)
        return
    show([_cost_row(cost) for cost in costs], False, first=_MAIN)
    for cost in costs:
        for remark in _remarks(cost):
            say(f"{cost.family}: {remark}")


@table_options()
@parameters.with_options(_SUITE_OPTIONS)
def suite(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.toml", help="See suites/quick.toml.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the studies and end.")
    ] = False,
    as_json: parameters.Json = False,
    **options: Any,
) -> None:
    """Search data sets x families x tuners x seeds, as a file says.

    The same command given again continues an interrupted suite. A study that fails
    doesn't keep the others from running.
    """
    from bench.store import check_writable
    from bench.study import suites

    requests = suites.read(file, options)
    if dry_run:
        show([row for each in requests for row in suites.listed(each)], as_json)
        return
    first = requests[0]
    check_writable(first.results)
    with interruptible():
        session = start_with_workers(first.specs[0], first.resources, is_command=True)
        failures = session.suite(requests, console(), _at_end())
    report_loss()
    for failure in failures:
        complain(f"left out: {failure}")
    if failures:
        raise typer.Exit(1)


def _started(
    asked: SearchRequest, load: Callable[[], Task | None]
) -> tuple[Any, Task | None]:
    """The session of a request, and its images, loaded while Keras was imported."""
    from bench.study import early

    with early.begin_to_load(asked, load) as loading:
        session = start_with_workers(
            asked.specs[0], asked.resources, loading, is_command=True
        )
        return session, loading.result()


def _at_end() -> AtEnd:
    """What draws explanations; it is imported once the session has started Keras."""
    from bench.models.explain.at_end import draw

    return draw


def _remarks(cost: Cost) -> Iterator[str]:
    """How sure a cost is, how many trials fit, and what can't be trained."""
    if cost.factor is not None:
        low, high = cost.total(1 / cost.factor), cost.total(cost.factor)
        yield (
            f"in all {_from_to(duration(low), duration(high))}, unless trials end "
            "early: four of five epochs are predicted within a factor of "
            f"{cost.factor:.2f}, by {cost.probes} timed configurations and "
            f"{cost.earlier:,} trials of earlier studies"
        )
    if cost.fitting is not None and cost.budget_seconds is not None:
        seconds = exact(cost.budget_seconds / cost.repeats)
        span = _from_to(*(f"{count:,}" for count in cost.fitting))
        yield (
            f"{span} of {cost.trainings // cost.repeats:,} trials fit "
            f"into --time {seconds}, beside the final trainings"
        )
    if cost.failed:
        yield (
            f"{cost.failed} of the sampled configurations can't be trained, the last "
            f"with {cost.error}"
        )


def _from_to(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"


def _cost_row(cost: Cost) -> dict[str, str]:
    """A cost as a row of a table; ``_`` in a heading breaks the line."""
    shortest, longest = cost.epoch_seconds
    most = math.inf if cost.budget_seconds is None else cost.budget_seconds
    repeats = {"repeats": str(cost.repeats)} if cost.repeats > 1 else {}
    return {
        "family": cost.family,
        "tuner": cost.searcher,
        **repeats,
        "trials": str(cost.trainings),
        "epochs": f"{cost.epochs:,}",
        "seconds_an epoch": f"{_rounded(shortest)} to {_rounded(longest)}",
        "search_at most": duration(min(cost.search_seconds, most)),
        "finals_at most": duration(min(cost.final_seconds, most)),
        "references_at most": duration(cost.reference_seconds),
        "in all_at most": duration(cost.total()),
        "core-_seconds": f"{cost.core_seconds:,.0f}",
        "memory_at most": f"{cost.memory_mib / 1024:.1f} GiB",
    }


def _rounded(seconds: float) -> str:
    return f"{seconds:,.0f}" if seconds >= 10 else f"{seconds:.2g}"
