"""Bad inputs as rows of tables: a name, how the input is made, and the command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Case:
    """One input that a command must refuse in one line, or take.

    Attributes:
        category: Row of the table of reliability in which it counts.
        name: Of the case, unique in its category.
        words: Makes the input in a folder of its own; returns the words of the command.
        says: Text that the refusal must hold.
        is_fine: Whether the input is taken, rather than refused.
    """

    category: str
    name: str
    words: Callable[[Path], Sequence[object]]
    says: str = ""
    is_fine: bool = False

    def __str__(self) -> str:
        return f"{self.category}: {self.name}"


def typed(category: str, *words: object, says: str = "", name: str = "") -> Case:
    """A case whose input is the words of a command alone."""
    shown = name or " ".join(f"{word!s:.40}" for word in words)
    return Case(category=category, name=shown, words=lambda _: words, says=says)
