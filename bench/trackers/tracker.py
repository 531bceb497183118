"""What a tracker must do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bench.records import EpochRecord
from bench.trackers.entry import Entry


class Tracker(Protocol):
    """A place that shows entries. All methods are called from one thread.

    Each may raise any error of its library or of the network. What was given to a
    method that raised may be given again.

    Attributes:
        name: Key of the table of trackers.
        address: Where it shows them, for readers; what was sent is remembered by it.
    """

    name: str
    address: str

    def connect(self) -> None:
        """Reach the tracker, so that an error is met before anything is sent."""

    def open(self, entry: Entry, parent: str | None) -> str:
        """Begin to show an entry.

        Args:
            entry: A study, or a training of one that is shown.
            parent: What ``open`` returned for the study; None for the study itself.

        Returns:
            Its identity here, which is remembered.
        """

    def add(self, identity: str, entry: Entry, epochs: Sequence[EpochRecord]) -> None:
        """Show further points of an entry's curve, in their order."""

    def end(self, identity: str, entry: Entry) -> None:
        """Show the result, the texts and the files of an entry, and its state.

        It is called again if any of these changes, as when a study grows.
        """

    def withdraw(self, identity: str, key: str) -> None:
        """Show a training no longer as one of its study, which another has replaced.

        Args:
            identity: What ``open`` returned for it.
            key: Of its entry.
        """

    def close(self) -> None:
        """Write all that was given; nothing is called after it."""
