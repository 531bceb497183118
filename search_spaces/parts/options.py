"""Declarations of options: each option that a user may set is declared once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Option:
    """One option of a search; every way to set it is made from this declaration.

    Attributes:
        name: Name in suites and in Python; the command line turns ``_`` into ``-``.
        kind: Type of the value that a user gives, or of each if it is repeatable:
            ``bool``, ``int``, ``float``, ``str`` or ``Path``.
        help: One sentence for the command line and the documents.
        default: Value if the option isn't given; None for "not set".
        default_text: Describes a default that depends on other options.
        group: Heading under which the help lists the option.
        is_common: Whether the help shows the option before a user asks for all.
        low, high: Bounds of a number, included unless ``excludes_bounds``.
        excludes_bounds: Whether the value must lie strictly between the bounds.
        choices: The allowed values; empty to allow any.
        metavar: Name of the value in the help.
        is_repeatable: Whether the option takes several values.
        parse: Turns the given text into the value that is stored; None to store the
            text itself.
        text: Inverse of ``parse``: the value as a user types it.
    """

    name: str
    kind: type
    help: str
    default: Any = None
    default_text: str | None = None
    group: str = "Options"
    is_common: bool = False
    low: float | None = None
    high: float | None = None
    excludes_bounds: bool = False
    choices: tuple[str, ...] = ()
    metavar: str | None = None
    is_repeatable: bool = False
    parse: Callable[[Any], Any] | None = None
    text: Callable[[Any], str] = str


TRAINING = "Training"
"""Heading of options of how models are trained and measured."""

IMBALANCED = 3
"""Ratio of the largest to the smallest class above which a task is imbalanced."""

METRIC = Option(
    name="metric",
    kind=str,
    choices=("accuracy", "balanced_accuracy", "macro_f1", "roc_auc", "log_loss"),
    default_text="accuracy; balanced_accuracy where the largest class has more than "
    f"{IMBALANCED} times the images of the smallest",
    group=TRAINING,
    help="Metric that selects configurations and epochs, and that ranks.",
)

CLASSIFICATION_OPTIONS = (METRIC,)
"""Options of classifiers."""

LABELS = Option(
    name="labels",
    kind=str,
    default="auto",
    choices=("auto", "integer", "one-hot"),
    group=TRAINING,
    help="Labels that its loss takes: integer, one-hot, or auto to find out.",
)

PIXELS = Option(
    name="pixels",
    kind=str,
    default="auto",
    choices=("auto", "unit", "raw"),
    group=TRAINING,
    help="Pixels that it takes: unit for [0, 1], raw for the data set's own, or auto: "
    "raw if it rescales them.",
)

FOREIGN_OPTIONS = (*CLASSIFICATION_OPTIONS, LABELS, PIXELS)
"""Options of hypermodels and build functions that are no families of this project."""

FOREIGN = "PATH.py:NAME"
"""Stands for such hypermodels where families are listed."""

PRETRAINED_OPTIONS = (
    Option(
        name="weights",
        kind=str,
        metavar="PATH",
        group=TRAINING,
        help="File of pretrained weights, in place of a download; or 'random'.",
    ),
)
"""Options of families that use a pretrained network."""

NOISE_MEAN = Option(
    name="noise_mean",
    kind=float,
    default=0.1,
    low=-1,
    high=1,
    group=TRAINING,
    help="Mean of the normal noise that is added to pixels in [0, 1].",
)

NOISE_VARIANCE = Option(
    name="noise_variance",
    kind=float,
    default=0.3,
    low=0,
    high=1,
    group=TRAINING,
    help="Variance of that noise; the sum is clipped to [0, 1].",
)

MIN_COMPRESSION = Option(
    name="min_compression",
    kind=float,
    default=2.5,
    low=1,
    high=1e6,
    group=TRAINING,
    help="Minimum ratio of the image's bits, at its own depth, to those of its code.",
)

DENOISING_OPTIONS = (NOISE_MEAN, NOISE_VARIANCE, MIN_COMPRESSION)
"""Options of denoisers."""

GENERATION_OPTIONS = (
    Option(
        name="fid_network",
        kind=str,
        choices=("classifier", "inception"),
        default_text="inception with a GPU and its weights, else classifier",
        group=TRAINING,
        help="Network whose features FID and KID compare: classifier or inception.",
    ),
)
"""Options of generators."""
