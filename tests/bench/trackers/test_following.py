"""Studies that are sent while they run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from bench.trackers import following
from bench.trackers.following import Followed


@pytest.fixture
def followed(
    study: Any, recorded: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Followed]:
    """Follows studies of the store for the recorded tracker, without pauses."""
    monkeypatch.setattr(following, "SECONDS", 0.01)
    monkeypatch.setattr(following, "SHARE", 1.0)
    monkeypatch.setattr(following, "tracker", lambda name, results: recorded)
    return lambda: Followed(study.store.folder, ["recorded"])


def test_epochs_are_sent_while_a_trial_runs(
    study: Any, recorded: Any, followed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = threading.Event()
    add = recorded.add

    def added(*arguments: Any) -> None:
        add(*arguments)
        sent.set()

    monkeypatch.setattr(recorded, "add", added)
    with followed() as trackers:
        trackers.follow(study.record.id)
        study.start_trial(0)
        study.add_epochs(0, 1)
        assert sent.wait(30)
        assert recorded.epochs["trial-0"] == [1]
        study.end_trial(0)
    assert recorded.calls[-2:] == ["end trial-0", "close"]


def test_tracker_that_is_down_costs_a_line_and_is_told_how_to_be_sent_the_rest(
    study: Any, recorded: Any, followed: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded.failures = {"connect"}
    with followed() as trackers:
        trackers.follow(study.complete().id)
    first, last = capsys.readouterr().err.splitlines()
    assert first == (
        "recorded (here) fails with ConnectionError: no connect; the search goes on "
        "without it"
    )
    assert last.endswith("is sent by python -m bench track STUDY --to recorded")


def test_what_a_tracker_missed_while_it_was_down_is_sent_at_the_end(
    study: Any, recorded: Any, followed: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded.failures = {"connect"}
    with followed() as trackers:
        trackers.follow(study.complete().id)
        recorded.failures = set()
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert recorded.by_key["study"].metrics["trials_finished"] == 1


def test_tracker_that_hangs_does_not_keep_a_search_from_ending(
    study: Any,
    recorded: Any,
    followed: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    hangs = threading.Event()
    monkeypatch.setattr(following, "SILENCE", 0.2)
    monkeypatch.setattr(recorded, "end", lambda *_: hangs.wait())
    try:
        with followed() as trackers:
            trackers.follow(study.complete().id)
        assert "fails with no answer" in capsys.readouterr().err
    finally:
        hangs.set()


def test_nothing_is_followed_without_trackers(study: Any) -> None:
    before = threading.active_count()
    with Followed(study.store.folder, []) as trackers:
        trackers.follow(study.record.id)
        assert threading.active_count() == before


def test_tracker_is_closed_once_after_all_was_sent(
    study: Any, recorded: Any, followed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = recorded.end
    with followed() as trackers:
        # The search ends while something is sent.
        monkeypatch.setattr(
            recorded, "end", lambda *given: (time.sleep(0.1), end(*given))
        )
        trackers.follow(study.complete().id)
        time.sleep(0.1)
    assert recorded.calls.count("close") == 1
    assert recorded.calls[-2:] == ["end study", "close"]
