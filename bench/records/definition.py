"""Families and data sets that were given as objects of Python, not by a name."""

from __future__ import annotations

from dataclasses import dataclass, field

IN_MEMORY = "memory"
"""Kind of such a data set: it is named ``memory:NAME``."""

KINDS_OF_PATHS = ("folder", "shards", "csv", "npz", "npy")
"""What stands before the path of a data set."""

KINDS_OF_LIBRARIES = ("hf", "tfds")
"""What stands before the name of a data set of Hugging Face or TensorFlow Datasets."""

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
