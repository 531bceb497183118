"""What proposes trials: an explicit table of tuners, and their contract."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple, Protocol

from bench.errors import UsageError, unknown
from bench.records import Budget, Proposal, TrialResult

if TYPE_CHECKING:
    from keras_tuner import HyperParameters


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
    """Where a searcher is, a line that says what it does, and whether its proposals
    depend on results.
    """

    location: str
    description: str
    learns: bool = True


TUNERS: dict[str, Tuner] = {
    "hyperband": Tuner(
        "bench.searchers.keras_tuner:hyperband",
        "many configurations briefly, the best of them for longer (Keras Tuner)",
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
}


def check_name(tuner: str) -> None:
    """Refuse a tuner that is not in the table.

    Raises:
        UsageError: With the nearest known name.
    """
    if tuner not in TUNERS:
        raise UsageError(unknown("tuner", tuner, TUNERS, "python -m bench tuners"))


def create(tuner: str, space: HyperParameters, budget: Budget, seed: int) -> Searcher:
    """Make the searcher of a study.

    Args:
        tuner: A name in ``TUNERS``.
        space: What is searched; fixed hyperparameters included.
        budget: Bounds the configurations and their epochs.
        seed: Fixes the proposals.
    """
    check_name(tuner)
    module, _, name = TUNERS[tuner].location.partition(":")
    searcher: Searcher = getattr(importlib.import_module(module), name)(
        space, budget, seed
    )
    return searcher
