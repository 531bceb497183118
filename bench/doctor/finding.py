"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How what was checked is."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a check found.

    Attributes:
        check: What was checked.
        state: How it is.
        found: What was found, in a few words.
        way_out: What helps; empty if nothing is needed.
    """

    check: str
    state: State
    found: str
    way_out: str = ""
