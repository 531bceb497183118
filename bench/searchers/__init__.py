"""Searchers, which propose the trials of a study.

``TUNERS`` and ``SCHEDULES`` list what a user may choose. ``create`` makes the searcher
of a ``SearchProblem``; the contract of all searchers is ``Searcher``. Six modules of
this package serve others too: ``space`` finds and narrows search spaces,
``description`` describes them, ``described`` without Keras, ``param_grid`` turns them
into grids of scikit-learn, ``sklearn`` has the scikit-learn classifier of a family, and
``parts`` counts rungs on parts of the images. The rest is private.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from bench.errors import UsageError, command, unknown
from bench.records import (
    CLASSIFICATION,
    NO_PORTFOLIO,
    TASK_TYPES,
    Budget,
    Proposal,
    TaskType,
    TrialResult,
    Value,
)

if TYPE_CHECKING:
    from keras_tuner import HyperParameters

    from bench.datasets.folds import Folds


MAX_RUNGS = 3
"""Maximum number of rungs below a full training. With more, the first would lie within
the warm-up of the learning rate, where trials can't be compared yet."""

Accepts = Callable[[Mapping[str, Value]], bool]
"""Returns whether a configuration, given as its active values, may be proposed."""

Again = Callable[[int, Proposal], Proposal | None]
"""``resume`` or ``adopt`` of a searcher."""


@dataclass(frozen=True, kw_only=True)
class SearchProblem:
    """The problem that a searcher is to solve.

    Attributes:
        space: The search space, fixed hyperparameters included.
        budget: Limits the number of configurations and their epochs.
        seed: Determines the proposals.
        task_type: Determines which of two results is better.
        accepts: Returns whether a configuration may be proposed; None to accept all.
        folds: Folds of the task, for tuners that cross-validate.
        starts: Configurations that are tried right after the default one.
        max_rungs: Maximum number of rungs below a full training, in Hyperband.
        part_rungs: Number of rungs below these on parts of the training images, in
            Hyperband and in schedules.
        stages: Number of configurations of the search as it began, and after each
            extension; empty if it was never extended.
    """

    space: HyperParameters
    budget: Budget
    seed: int
    task_type: TaskType = TASK_TYPES[CLASSIFICATION]
    accepts: Accepts | None = None
    folds: Folds | None = None
    starts: tuple[Mapping[str, Value], ...] = ()
    max_rungs: int = MAX_RUNGS
    part_rungs: int = 0
    stages: tuple[int, ...] = ()


class Searcher(Protocol):
    """Proposes configurations and learns from their results.

    All calls come from one thread. A searcher is deterministic: the same calls in the
    same order lead to the same proposals. So a study that continues after an interrupt
    replays its stored trials into a new searcher.

    Attributes:
        rungs: Epochs at which ``report`` may end a trial on all images, rising and
            below the budget's epochs; empty for a searcher that never ends a trial. A
            searcher with rungs is told of epochs and results as they happen; one
            without is told of results in the order of the trials' numbers.
        candidates: Number of configurations on the grid that the searcher exhausts;
            None if the budget limits their number.
    """

    rungs: Sequence[int] = ()

    @property
    def candidates(self) -> int | None:
        return None

    def ask(self, number: int) -> Proposal | None:
        """Propose a trial.

        Args:
            number: Number of the trial; numbers count up from 0.

        Returns:
            None if there is nothing to propose before another trial ends. If no trial
            is in flight, the search is over then.
        """

    def tell(self, number: int, result: TrialResult) -> None:
        """Learn how a trial ended; called once for each proposed trial."""

    def report(self, number: int, epoch: int, metrics: Mapping[str, float]) -> bool:
        """Learn the metrics of an epoch; return whether the trial continues."""
        return True

    def learn_from(self, fidelities: Sequence[Mapping[int, float]]) -> None:
        """Propose by these scores from now on, instead of by the results told.

        A schedule calls it, which compares trials at several fidelities.

        Args:
            fidelities: Scores by the number of the trial, to be maximized, at each
                fidelity; the lowest first.
        """
        return

    def avoid(self, is_avoided: Accepts) -> None:
        """Propose a configuration of which this is true only if no other is left.

        The answer may change with time. A searcher that draws nothing needn't ask.
        """
        return

    def resume(self, number: int, proposal: Proposal) -> Proposal | None:
        """Replay a stored proposal in a new searcher.

        It is called instead of ``ask`` to continue a search.

        Args:
            number: Number of the trial.
            proposal: The stored proposal of that trial.

        Returns:
            The proposal of this searcher, which differs from the stored one only if
            something else has changed, such as a version.
        """
        return self.ask(number)

    def adopt(self, number: int, proposal: Proposal) -> Proposal | None:
        """Take a stored proposal as it is, in a new searcher.

        It is called instead of ``resume`` if an earlier trial is missing, or started
        later: what a model proposed then can't be found again.

        Args:
            number: Number of the trial.
            proposal: The stored proposal of that trial.
        """
        return self.resume(number, proposal)


class Tuner(NamedTuple):
    """Entry of a tuner in ``TUNERS``.

    Attributes:
        location: ``module:function`` of the function that makes the searcher of a
            ``SearchProblem``.
        description: Description for users, on one line.
        lookahead: Number of results for each further worker that the searcher may
            lack when it is asked; more keep workers busy, fewer inform proposals.
        models: Whether a model of the results proposes configurations.
        samples: Whether the searcher leaves the number of epochs to a schedule.
        cross_validates: Whether configurations are compared on folds.
        exhaustive: Whether every configuration of a grid is tried, however many.
        plans: Whether the searcher plans all trials beforehand, so that an extension
            is a plan of its own.
        is_extensible: Whether a search may go on with more trials.
        draws: Whether configurations are drawn at random, after those of a portfolio.
        halves: Whether configurations are compared on parts of the images first.
    """

    location: str
    description: str
    lookahead: int = 3
    models: bool = False
    samples: bool = True
    cross_validates: bool = False
    exhaustive: bool = False
    plans: bool = False
    is_extensible: bool = True
    draws: bool = True
    halves: bool = False

    @property
    def may_fill_time(self) -> bool:
        """Whether a search may go on for as long as there is time."""
        return self.is_extensible and not self.exhaustive


TUNERS: dict[str, Tuner] = {
    "hyperband": Tuner(
        "bench.searchers.keras_tuner:hyperband",
        "many configurations briefly, the best of them for longer (Keras Tuner)",
        samples=False,
        plans=True,
        halves=True,
    ),
    "random": Tuner(
        "bench.searchers.keras_tuner:random",
        "configurations at random, each trained fully (Keras Tuner)",
        lookahead=10,
    ),
    "bayesian": Tuner(
        "bench.searchers.keras_tuner:bayesian",
        "a Gaussian process proposes where improvement is likely (Keras Tuner)",
        lookahead=1,
        models=True,
    ),
    "grid": Tuner(
        "bench.searchers.keras_tuner:grid",
        "every combination in turn, up to --trials; best with --only (Keras Tuner)",
        lookahead=10,
        draws=False,
    ),
    "one-epoch": Tuner(
        "bench.searchers.keras_tuner:one_epoch",
        "every configuration for one epoch, the best three fully: a baseline",
        samples=False,
        plans=True,
    ),
    "sklearn-grid": Tuner(
        "bench.searchers.sklearn:grid",
        "every combination on --folds folds; best with --only (GridSearchCV)",
        lookahead=10,
        samples=False,
        cross_validates=True,
        exhaustive=True,
        draws=False,
    ),
    "sklearn-random": Tuner(
        "bench.searchers.sklearn:random",
        "configurations at random on --folds folds (RandomizedSearchCV)",
        lookahead=10,
        samples=False,
        cross_validates=True,
        is_extensible=False,
    ),
    "sklearn-halving": Tuner(
        "bench.searchers.sklearn:halving",
        "every combination on --folds folds, the best third of them for three times "
        "the epochs, and so on (HalvingGridSearchCV)",
        samples=False,
        cross_validates=True,
        exhaustive=True,
        draws=False,
    ),
}

SCHEDULES = {
    "asha": (
        "a trial continues while it is among the best third at 1/27, 1/9 and 1/3 of "
        "its epochs (asynchronous successive halving)"
    ),
}
"""Descriptions of the schedules, which end trials of sampling tuners early."""


def check_name(tuner: str) -> None:
    """Check that a tuner is in ``TUNERS``.

    Raises:
        UsageError: It is not; the message has the nearest name.
    """
    if tuner not in TUNERS:
        raise UsageError(unknown("tuner", tuner, TUNERS, command("tuners")))


def check_schedule(schedule: str | None, tuner: str) -> None:
    """Check that a schedule is in ``SCHEDULES`` and that its tuner samples.

    Raises:
        UsageError: One of them is not so; the message has the nearest name, or the
            tuners that sample.
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
    """Check that a tuner cross-validates if folds are given.

    Raises:
        UsageError: It doesn't; the message has the tuners that do.
    """
    if folds is not None and not TUNERS[tuner].cross_validates:
        takers = ", ".join(n for n, entry in TUNERS.items() if entry.cross_validates)
        raise UsageError(
            f"--folds goes with a tuner that cross-validates ({takers}); {tuner!r} "
            "doesn't: choose another --tuner, or leave out --folds"
        )


def check_portfolio(portfolio: str | None, tuner: str) -> None:
    """Check that a tuner draws configurations if some are given to be tried first.

    Raises:
        UsageError: It doesn't; the message has the tuners that do.
    """
    if portfolio not in (None, NO_PORTFOLIO) and not TUNERS[tuner].draws:
        takers = ", ".join(name for name, entry in TUNERS.items() if entry.draws)
        raise UsageError(
            f"--portfolio FILE goes with a tuner that draws configurations ({takers}); "
            f"{tuner!r} tries a grid: choose another --tuner, or leave out --portfolio"
        )


def lookahead(tuner: str, workers: int, trials: int) -> int:
    """How many results a searcher may lack when it is asked for a trial.

    At least one for each further worker. With more, a worker need not wait for a
    slower one at once, and may choose; but a model of the results would lack them, so
    it lacks those of a quarter of the trials at most.

    Args:
        tuner: Key in ``TUNERS``.
        workers: Number of workers.
        trials: Number of configurations of the search.
    """
    entry, further = TUNERS[tuner], max(0, workers - 1)
    if entry.models:
        return min(entry.lookahead * further, max(1, trials // 4))
    return entry.lookahead * further


def create(tuner: str, problem: SearchProblem, schedule: str | None = None) -> Searcher:
    """Make a searcher.

    Args:
        tuner: Key in ``TUNERS``.
        problem: Problem to solve.
        schedule: Key in ``SCHEDULES``; None to end no trial early.

    Raises:
        UsageError: A name is unknown, or tuner and schedule don't go together.
        SpaceError: The tuner needs a grid, and the space's has too many candidates, or
            none that the problem accepts.
    """
    check_name(tuner)
    check_schedule(schedule, tuner)
    entry = TUNERS[tuner]
    module, _, name = entry.location.partition(":")
    make: Callable[[SearchProblem], Searcher]
    make = getattr(importlib.import_module(module), name)
    if entry.plans and len(problem.stages) > 1:
        from bench.searchers.extended import Extended

        return Extended(make, problem)
    searcher = make(problem)
    if schedule is None:
        return searcher
    from bench.searchers.asha import Asha

    return Asha(searcher, problem)
