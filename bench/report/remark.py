"""A finding of the examination of a task, in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bench.records import TEST, TRAIN, VALIDATION
from bench.records.wording import counted

SPLIT_NAMES = {TRAIN: "training", VALIDATION: "validation", TEST: "test"}


class Severity(StrEnum):
    """How much a finding matters.

    ``SERIOUS`` findings make the test score wrong, ``WARNING`` ones are worth acting
    on, and a ``NOTE`` tells what the data set is.
    """

    SERIOUS = "serious"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, kw_only=True)
class Remark:
    """A finding in words.

    Attributes:
        short: For one line of the terminal; empty for notes.
        text: Whole sentences: what was found, what it means, and the way out.
    """

    severity: Severity
    short: str
    text: str


def are(count: int, noun: str) -> str:
    return f"{counted(count, noun)} {'is' if count == 1 else 'are'}"


def note(text: str) -> Remark:
    return Remark(severity=Severity.NOTE, short="", text=text)
