"""Remembers what a tracker was sent of a study, in a file beside the store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.files import explained
from bench.records import StudyRecord, digest

FOLDER = "trackers"
"""Folder beside the store of what trackers were sent."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What a tracker was sent of an entry.

    Attributes:
        identity: Of the entry in the tracker.
        epochs: Last epoch of its curve.
        digest: That of the entry when it was ended; empty before.
        training: As the entry has it; empty if an older version sent it.
    """

    identity: str
    epochs: int = 0
    digest: str = ""
    training: str = ""


class Memory:
    """What a tracker was sent of a study, entry by entry.

    Every change is a line that is added to a file, so that a process that is killed
    forgets the last one at most. A study that was started over is another study.

    Args:
        results: The results folder.
        study: The study.
        tracker: Name of the tracker.
        address: Address of the tracker.

    Raises:
        WriteError: The file can't be read.
    """

    def __init__(
        self, results: Path, study: StudyRecord, tracker: str, address: str
    ) -> None:
        name = f"{tracker}-{digest(address, repr(study.created))}.jsonl"
        self._path = results / FOLDER / study.id / name
        self._sent: dict[str, Sent] = {}
        with explained(self._path):
            if self._path.exists():
                for line in self._path.read_bytes().splitlines():
                    self._read(line)

    def __getitem__(self, key: str) -> Sent | None:
        return self._sent.get(key)

    def __setitem__(self, key: str, sent: Sent) -> None:
        self._sent[key] = sent
        self._write({"key": key, **asdict(sent)})

    def __delitem__(self, key: str) -> None:
        del self._sent[key]
        self._write({"key": key})

    def items(self) -> list[tuple[str, Sent]]:
        """What was sent of each entry, by its key."""
        return list(self._sent.items())

    def _write(self, values: Mapping[str, object]) -> None:
        line = json.dumps(values)
        with explained(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # The line before may lack its end, if its process was killed.
            with self._path.open("ab") as file:
                file.write(f"\n{line}".encode())

    def _read(self, line: bytes) -> None:
        try:
            values = json.loads(line)
            key = values.pop("key")
            if not values:
                self._sent.pop(key, None)
                return
            self._sent[key] = Sent(**values)
        except (ValueError, TypeError, LookupError, AttributeError):
            return  # empty, or cut short
