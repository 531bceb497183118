"""Sends what the store holds of a study to a tracker, and only what is new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from bench.errors import BenchError, TrackerError, shortened
from bench.records import StudyRecord
from bench.remote import without_credentials
from bench.store import Store
from bench.trackers.entries import STUDY, entries
from bench.trackers.entry import Entry, Kind
from bench.trackers.memory import Memory, Sent
from bench.trackers.tracker import Tracker

Count = Counter[Kind]
"""Numbers of entries of which something was sent."""


def send(
    store: Store,
    study: StudyRecord,
    tracker: Tracker,
    before_each: Callable[[], object] = lambda: None,
) -> Count:
    """Send what a tracker lacks of a study; nothing if it lacks nothing.

    Args:
        store: Holds the study.
        study: The study as it is now.
        tracker: Is connected.
        before_each: Called before each training is sent.

    Raises:
        Exception: Any of the tracker's. What was sent before is remembered.
    """
    with store.at_one_instant():
        whole, *trainings = entries(store, study)
    sending = _Sending(store, study, tracker)
    parent = sending.open(whole, None)
    sending.withdraw_replaced(trainings)
    for entry in trainings:
        before_each()
        sending.send(entry, parent)
    sending.end(whole)  # at last, since its files show all trainings
    return sending.count


def send_once(store: Store, study: StudyRecord, tracker: Tracker) -> Count:
    """Connect to a tracker, send what it lacks of a study, and leave it.

    Raises:
        TrackerError: It isn't reached, or refuses something. What was sent before is
            remembered.
    """
    try:
        tracker.connect()
        count = send(store, study, tracker)
        tracker.close()
    except BenchError:
        raise
    except Exception as error:  # of any library and of the network
        raise TrackerError(
            "a tracker must answer and take what it is sent; "
            f"{explained(tracker, error)}: give the command again later, which sends "
            "the rest"
        ) from error
    return count


def explained(tracker: Tracker, error: Exception | None) -> str:
    """Which tracker fails, and why, in a line.

    Args:
        tracker: The tracker.
        error: What it raised; None if it doesn't answer.
    """
    reason = "no answer" if error is None else f"{type(error).__name__}: {error}"
    line = shortened(without_credentials(" ".join(reason.split())), 200)
    return f"{tracker.name} ({tracker.address}) fails with {line}"


class _Sending:
    """What is sent of one study at one time."""

    def __init__(self, store: Store, study: StudyRecord, tracker: Tracker) -> None:
        self.count: Count = Counter()
        self._store, self._study, self._tracker = store, study.id, tracker
        self._memory = Memory(store.folder, study, tracker.name, tracker.address)
        self._is_extended = bool(study.stages)
        self._counted: set[str] = set()

    def open(self, entry: Entry, parent: str | None) -> str:
        sent = self._memory[entry.key]
        if sent is None:
            identity = self._tracker.open(entry, parent)
            sent = Sent(identity=identity, training=entry.training)
            self._remember(entry, sent)
        return sent.identity

    def send(self, entry: Entry, parent: str) -> None:
        sent = self._memory[entry.key]
        if sent is not None and sent.digest == entry.digest:
            return
        self.open(entry, parent)
        self._add_epochs(entry)
        self.end(entry)

    def withdraw_replaced(self, trainings: Iterable[Entry]) -> None:
        """Withdraw final trainings that the store has removed, as of another winner."""
        held = {entry.key: entry for entry in trainings}
        for key, sent in self._memory.items():
            entry = held.get(key)
            if key == STUDY:
                continue
            if entry is None or not self._is_of(sent, entry):
                self._tracker.withdraw(sent.identity, key)
                del self._memory[key]
            elif sent.training != entry.training:
                self._memory[key] = replace(sent, training=entry.training)

    def _is_of(self, sent: Sent, entry: Entry) -> bool:
        """Whether what was sent is of the training that now has the key.

        Older versions didn't remember which one they sent. Only an extended search
        may have another winner; what shows its end tells it then.
        """
        if not sent.training and not self._is_extended:
            return True
        return sent.training == entry.training or sent.digest == entry.digest

    def end(self, entry: Entry) -> None:
        sent = self._known(entry)
        if entry.state.is_over and sent.digest != entry.digest:
            self._tracker.end(sent.identity, entry)
            self._remember(entry, replace(sent, digest=entry.digest))

    def _add_epochs(self, entry: Entry) -> None:
        assert entry.role is not None
        sent = self._known(entry)
        curve = self._store.epochs(self._study, entry.role, entry.number)
        # A training that starts again repeats the epochs that were sent.
        epochs = [each for each in curve if each.epoch > sent.epochs]
        if epochs:
            self._tracker.add(sent.identity, entry, epochs)
            self._remember(entry, replace(sent, epochs=epochs[-1].epoch))

    def _known(self, entry: Entry) -> Sent:
        sent = self._memory[entry.key]
        assert sent is not None
        return sent

    def _remember(self, entry: Entry, sent: Sent) -> None:
        self._memory[entry.key] = sent
        if entry.key not in self._counted:
            self._counted.add(entry.key)
            self.count[entry.kind] += 1
