"""Families and data sets that were given as objects of Python, not by a name."""

from __future__ import annotations

from dataclasses import dataclass, field

IN_MEMORY = "memory"
"""Kind of such a data set: it is named ``memory:NAME``."""

IN_MAIN = "__main__:"
"""Beginning of the name of such a family."""


@dataclass(frozen=True, kw_only=True)
class FamilyDefinition:
    """A family as it travels to workers: by value, never in a file.

    Attributes:
        name: ``__main__:NAME``.
        pickled: The object, pickled by cloudpickle.
        fingerprint: Hash of what the object means; the pickled bytes of one object
            differ between processes.
    """

    name: str
    pickled: bytes = field(repr=False)
    fingerprint: str
