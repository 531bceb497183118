"""The record of a stranger's model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from strangers.images import DIGITS

FOLDER = Path(__file__).parent

Values = Mapping[str, bool | int | float | str]
"""Values of some hyperparameters; others have their defaults."""


class Outcome(Enum):
    """What a tool does with a model.

    - ``TRAINS``: All configurations are trained.
    - ``FAILS_ONCE``: The last configuration is a failed trial; the others are trained.
    - ``FAILS``: All trials fail.
    - ``REFUSES``: An error ends the search before the first trial.
    """

    TRAINS = "trains"
    FAILS_ONCE = "one trial fails"
    FAILS = "all trials fail"
    REFUSES = "refused"


class TrialFailedError(RuntimeError):
    """A tool recorded a failed trial."""


@dataclass(frozen=True)
class Stranger:
    """A model of a stranger, and what both tools must do with it.

    Attributes:
        location: What is named on the command line: ``FILE:NAME`` with a file of this
            folder, or ``package.module:NAME``.
        shows: What is special about the model, in a few words.
        ours: What the toolkit must do.
        theirs: What Keras Tuner does.
        says: Part of the message with which the toolkit refuses the model, or of the
            error of the failed trial.
        data: Data set of ``images``.
        one_hot: Whether the author passes one-hot labels to Keras Tuner, rather than
            class indices. The toolkit has to find out by itself.
        raw: Whether the author passes pixels from 0 to 255, rather than in [0, 1].
        threshold: Where a model has a single output: above it the class is the second.
        second: A second configuration that is compared, besides the defaults.
        arguments: What the author passes to a class.
        slow: Whether the model is too large for the default suite.
    """

    location: str
    shows: str
    _: KW_ONLY
    ours: Outcome = Outcome.TRAINS
    theirs: Outcome = Outcome.TRAINS
    says: str = ""
    data: str = DIGITS
    one_hot: bool = False
    raw: bool = False
    threshold: float = 0.5
    second: Values | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    slow: bool = False

    @property
    def name(self) -> str:
        return self.location.replace(".py:", ":")

    @property
    def configurations(self) -> tuple[Values, ...]:
        """What is compared."""
        return ({},) if self.second is None else ({}, self.second)

    @property
    def path(self) -> str:
        """The location as the toolkit takes it."""
        is_file = ".py:" in self.location
        return f"{FOLDER / self.location}" if is_file else self.location

    @property
    def options(self) -> dict[str, Any]:
        """Options that the author has to give to the toolkit."""
        return {"pixels": "raw"} if self.raw else {}

    def accuracy(self, outputs: Any, labels: Any) -> float:
        """Share of outputs ``(n, classes)`` or ``(n, 1)`` that name the true class."""
        single = outputs.shape[1] == 1
        predicted = outputs[:, 0] > self.threshold if single else outputs.argmax(1)
        return float((predicted == labels).mean())
