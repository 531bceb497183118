"""Sends studies to trackers while they run, from a thread for each tracker.

A thread reads the store, as any other reader may, and so takes no part in the study: a
tracker that is slow or down delays nothing and fails nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from bench.errors import StoreError, command
from bench.store import Store
from bench.text import complain
from bench.trackers.sending import explained, send
from bench.trackers.table import tracker
from bench.trackers.tracker import Tracker

SECONDS = 1.0
"""Minimum time between two looks at the store."""

SHARE = 0.1
"""Maximum share of the time that a thread spends on looking and sending."""

CONNECTING = 15.0
"""Seconds that a search waits at most to hear whether a tracker is reached."""

SILENCE = 20.0
"""Seconds without anything sent after which the end of a search waits no longer."""


class Followed:
    """Studies that are sent to trackers while a block runs.

    A line says that a tracker isn't reached, and at the end a line says what it lacks.

    Args:
        results: The results folder, whose store exists.
        names: Keys of ``TRACKERS``; without any, nothing is done.
    """

    def __init__(self, results: Path, names: Iterable[str]) -> None:
        self._threads = [_Follower(results, tracker(name, results)) for name in names]

    def follow(self, study: str) -> None:
        """Send a study from now on; the store holds it."""
        for thread in self._threads:
            thread.studies[study] = None

    def __enter__(self) -> Followed:
        for thread in self._threads:
            thread.start()
        for thread in self._threads:
            thread.tried.wait(CONNECTING)
            if thread.failure is not None or not thread.tried.is_set():
                complain(f"{thread.unreached()}; the search goes on without it")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for thread in self._threads:
            thread.ending.set()
        for thread in self._threads:
            thread.wait()
            if thread.studies and not thread.is_done:
                words = command(f"track STUDY --to {thread.name}")
                complain(f"{thread.unreached()}; what it lacks is sent by {words}")


class _Follower(threading.Thread):
    """The thread of one tracker.

    Attributes:
        studies: What is sent.
        tried: Set when the tracker was reached or not for the first time.
        ending: Is set to end the thread, after it has sent all that there is.
        failure: The last error; None if all went well since.
        is_done: Whether everything was sent at the end.
    """

    def __init__(self, results: Path, tracker: Tracker) -> None:
        super().__init__(name=tracker.name, daemon=True)
        self.studies: dict[str, None] = {}
        self.tried, self.ending = threading.Event(), threading.Event()
        self.failure: Exception | None = None
        self.is_done = False
        self._results, self._tracker = results, tracker
        self._is_connected = False
        self._seen: object = None
        self._beat = time.monotonic()

    def unreached(self) -> str:
        """Which tracker isn't reached, and why."""
        return explained(self._tracker, self.failure)

    def wait(self) -> None:
        """Wait for the end of the thread as long as it sends something."""
        self._note_life()
        while self.is_alive() and time.monotonic() - self._beat < SILENCE:
            self.join(0.1)

    def run(self) -> None:
        try:
            with Store(self._results, read_only=True) as store:
                self._look(store)
        except StoreError as error:
            self.failure = error
        self.is_done = self.failure is None

    def _look(self, store: Store) -> None:
        """Look at the store until the end, and once after it."""
        is_last = False
        while not is_last:
            is_last = self.ending.is_set()
            started = time.monotonic()
            self._try(store, is_last)
            spent = time.monotonic() - started
            self.ending.wait(max(SECONDS, spent / SHARE))

    def _try(self, store: Store, is_last: bool) -> None:
        """Send what is new; an error is kept, and all is tried again later."""
        try:
            if not self._is_connected:
                self._tracker.connect()
                self._is_connected = True
            self.failure = None
            self.tried.set()
            self._send(store, is_last)
            if is_last:
                self._tracker.close()
        except Exception as error:  # of any library; it must not end a study
            self.failure = error
            self.tried.set()

    def _send(self, store: Store, is_last: bool) -> None:
        seen = store.version, tuple(self.studies)
        if seen == self._seen and not is_last:
            return
        for study in seen[1]:
            record = store.study(study)
            if record is not None:
                send(store, record, self._tracker, self._note_life)
        self._seen = seen

    def _note_life(self) -> None:
        self._beat = time.monotonic()
