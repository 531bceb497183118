"""What a study may spend."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bench.records import durations
from bench.records.options import BUDGET, check_fields, option

EVERY = 2**31
"""As many trials as the grid of a search has candidates."""

MOST = 1_000_000
"""Epochs, and other numbers of which a study may have many, but not endlessly many."""

EXTENSIBLE = ("trials", "seconds")
"""Fields of a ``Budget`` that may be raised later, which extends the search."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What a study may spend.

    Attributes:
        trials: Configurations that start; ``EVERY`` until the grid is known.
        epochs: Maximum epochs of one trial.
        patience: Epochs without a better objective or tie breaker before a trial
            ends.
        seconds: Wall-clock seconds for search and final trainings; None for no limit.
    """

    trials: int = option(
        20,
        "Configurations that are tried.",
        typed_default=None,
        default_text="20, and with --time as many as it allows, up to 200; 20 with "
        "sklearn-random; the whole grid with sklearn-grid and sklearn-halving",
        low=1,
        high=EVERY,
        group=BUDGET,
        is_common=True,
    )
    epochs: int = option(
        50, "Maximum epochs of a trial.", low=1, high=MOST, group=BUDGET, is_common=True
    )
    patience: int = option(
        5,
        "Epochs without improvement before a trial ends.",
        low=1,
        high=MOST,
        group=BUDGET,
    )
    seconds: float | None = option(
        None,
        "Wall-clock budget of each study, such as 90s, 10m or 2h; +10m gives a "
        "finished one ten minutes more.",
        name="time",
        kind=str,
        metavar="TIME",
        parse=durations.parse,
        text=durations.exact,
        low=0,
        high=durations.LONGEST,
        excludes_bounds=True,
        group=BUDGET,
        is_common=True,
    )

    def __post_init__(self) -> None:
        check_fields(self)

    def covers(self, other: Budget) -> bool:
        """Whether another budget asks for no more trials and no more time."""
        has_time = self.seconds is None or (
            other.seconds is not None and other.seconds <= self.seconds
        )
        return self.trials >= other.trials and has_time

    def and_more(self, other: Budget) -> Budget:
        """As many trials and as much time as the larger of two budgets."""
        limits = (self.seconds, other.seconds)
        seconds = None if None in limits else max(filter(None, limits))
        return replace(self, trials=max(self.trials, other.trials), seconds=seconds)
