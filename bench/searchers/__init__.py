"""What proposes trials: an explicit table of tuners, and their contract."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

from bench.errors import UsageError, unknown
from bench.records import (
    CLASSIFICATION,
    GOALS,
    Budget,
    Goal,
    Proposal,
    TrialResult,
    Value,
)

if TYPE_CHECKING:
    from keras_tuner import HyperParameters

    from bench.datasets.folds import Folds


Accepts = Callable[[Mapping[str, Value]], bool]
"""Says whether a configuration, its active values, may be proposed."""


class Searcher(Protocol):
    """Proposes configurations and learns from their results.

    All calls come from one thread. A searcher is deterministic: asked and told the
    same things in the same order, it proposes the same. So a study that goes on
    after an interrupt replays its finished trials into a new searcher.
    """

    def ask(self, number: int) -> Proposal | None:
        """Propose trial ``number``; numbers count up from 0.

        Returns None where there is nothing to propose before another trial ends;
        with no trial in flight that means that the search is over.
        """

    def tell(self, number: int, result: TrialResult) -> None:
        """Learn how a proposed trial ended, once for each."""


class Tuner(NamedTuple):
    """Where a searcher is and what is to be known of it.

    Attributes:
        location: Module and function that make it.
        description: A line that says what it does.
        learns: Whether its proposals depend on results.
        samples: Whether it proposes configurations and leaves their epochs to a
            schedule.
        cross_validates: Whether it compares configurations on folds.
        lays_out: Whether it tries every configuration of a grid, however many.
    """

    location: str
    description: str
    learns: bool = True
    samples: bool = True
    cross_validates: bool = False
    lays_out: bool = False


TUNERS: dict[str, Tuner] = {
    "hyperband": Tuner(
        "bench.searchers.keras_tuner:hyperband",
        "many configurations briefly, the best of them for longer (Keras Tuner)",
        samples=False,
    ),
    "random": Tuner(
        "bench.searchers.keras_tuner:random",
        "configurations at random, each trained fully (Keras Tuner)",
        learns=False,
    ),
    "bayesian": Tuner(
        "bench.searchers.keras_tuner:bayesian",
        "a Gaussian process proposes where improvement is likely (Keras Tuner)",
    ),
    "grid": Tuner(
        "bench.searchers.keras_tuner:grid",
        "every combination in turn, up to --trials; best with --only (Keras Tuner)",
        learns=False,
    ),
    "one-epoch": Tuner(
        "bench.searchers.keras_tuner:one_epoch",
        "every configuration for one epoch, the best three fully: a baseline",
        samples=False,
    ),
    "sklearn-grid": Tuner(
        "bench.searchers.sklearn:grid",
        "every combination on --folds folds; best with --only (GridSearchCV)",
        learns=False,
        samples=False,
        cross_validates=True,
        lays_out=True,
    ),
    "sklearn-random": Tuner(
        "bench.searchers.sklearn:random",
        "configurations at random on --folds folds (RandomizedSearchCV)",
        learns=False,
        samples=False,
        cross_validates=True,
    ),
    "sklearn-halving": Tuner(
        "bench.searchers.sklearn:halving",
        "every combination on --folds folds, the best third of them for three times "
        "the epochs, and so on (HalvingGridSearchCV)",
        samples=False,
        cross_validates=True,
        lays_out=True,
    ),
}

SCHEDULES = {
    "asha": (
        "a trial goes on while it is among the best third at 1/27, 1/9 and 1/3 of its "
        "epochs (asynchronous successive halving)"
    ),
}
"""What ends trials early, for tuners that leave that open."""


def check_name(tuner: str) -> None:
    """Refuse a tuner that is not in the table.

    Raises:
        UsageError: With the nearest known name.
    """
    if tuner not in TUNERS:
        raise UsageError(unknown("tuner", tuner, TUNERS, "python -m bench tuners"))


def check_schedule(schedule: str | None, tuner: str) -> None:
    """Refuse a schedule that isn't known, or that doesn't go with the tuner.

    Raises:
        UsageError: With the nearest known name, or the tuners that it goes with.
    """
    if schedule is None:
        return
    if schedule not in SCHEDULES:
        listing = ", ".join(SCHEDULES)
        raise UsageError(unknown("schedule", schedule, SCHEDULES, listing))
    if not TUNERS[tuner].samples:
        samplers = ", ".join(name for name, entry in TUNERS.items() if entry.samples)
        raise UsageError(
            f"--schedule goes with a tuner that leaves epochs open ({samplers}); "
            f"{tuner!r} doesn't: choose another --tuner, or leave out --schedule"
        )


def check_folds(folds: int | None, tuner: str) -> None:
    """Refuse folds where the tuner has no use for them.

    Raises:
        UsageError: With the tuners that have.
    """
    if folds is not None and not TUNERS[tuner].cross_validates:
        takers = ", ".join(n for n, entry in TUNERS.items() if entry.cross_validates)
        raise UsageError(
            f"--folds goes with a tuner that cross-validates ({takers}); {tuner!r} "
            "doesn't: choose another --tuner, or leave out --folds"
        )


def create(
    tuner: str,
    space: HyperParameters,
    budget: Budget,
    seed: int,
    schedule: str | None = None,
    accepts: Accepts | None = None,
    folds: Folds | None = None,
    goal: Goal = GOALS[CLASSIFICATION],
) -> Searcher:
    """Make the searcher of a study.

    Args:
        tuner: A name in ``TUNERS``.
        space: What is searched; fixed hyperparameters included.
        budget: Bounds the configurations and their epochs.
        seed: Fixes the proposals.
        schedule: A name in ``SCHEDULES``; None leaves trials alone.
        accepts: Says which configurations may be proposed; None for all.
        folds: Of the task, for a tuner that cross-validates.
        goal: Says which result is better.
    """
    check_name(tuner)
    check_schedule(schedule, tuner)
    module, _, name = TUNERS[tuner].location.partition(":")
    further = {} if folds is None else {"folds": folds}
    searcher: Searcher = getattr(importlib.import_module(module), name)(
        space, budget, seed, accepts, goal, **further
    )
    if schedule is None:
        return searcher
    from bench.searchers.asha import Asha

    return Asha(searcher, budget, goal)
