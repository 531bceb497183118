"""What a process says of what it does, and the line that shows it."""

from __future__ import annotations

import io
import sys

import pytest

from bench.text import activity
from bench.text.activity import Activity, doing, listening
from bench.text.console import SafeConsole
from bench.text.waiting import Waiting, can_rewrite, line


def test_listener_hears_beginning_course_and_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(activity, "INTERVAL", 0.0)
    heard: list[Activity | None] = []
    with listening(heard.append), doing("reading images", 8) as reach:
        reach(2)
        reach(8)
    *told, last = heard
    assert [(each.what, each.done, each.total) for each in told if each] == [
        ("reading images", done, 8) for done in (0, 2, 8)
    ]
    assert last is None


def test_outer_activity_goes_on_when_its_part_ends() -> None:
    heard: list[str | None] = []
    with listening(lambda a: heard.append(a and a.what)), doing("whole"), doing("part"):
        pass
    assert heard == ["whole", "part", "whole", None]


def test_quick_steps_are_not_all_told() -> None:
    heard: list[object] = []
    with listening(heard.append), doing("reading images", 10_000) as reach:
        for number in range(10_000):
            reach(number)
    assert len(heard) < 100


def test_failed_activity_ends_too() -> None:
    heard: list[object] = []
    broken = pytest.raises(ValueError, match="broken")
    with broken, listening(heard.append), doing("reading images"):
        raise ValueError("broken")
    assert heard[-1] is None


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (Activity(what="importing Keras"), "importing Keras ..."),
        (
            Activity(what="features", done=500, total=2_000, seconds=30.0),
            "features [#####---------------] 500 of 2,000, 1m30s left",
        ),
        (
            Activity(what="features", total=2_000),
            "features [--------------------] 0 of 2,000",
        ),
    ],
)
def test_activity_is_a_line_with_a_bar_and_the_time_left(
    shown: Activity, expected: str
) -> None:
    assert line(shown) == expected


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("kind", ["xterm", "dumb"])
def test_line_is_shown_where_it_can_be_removed(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    terminal = Terminal()
    monkeypatch.setenv("TERM", kind)
    monkeypatch.setattr(sys, "stdout", terminal)
    with listening(Waiting()), doing("[red]reading[/] images"):
        pass
    text = terminal.getvalue()
    if kind == "dumb":
        assert text == ""
    else:
        assert "[red]reading[/] images ..." in text
        assert text.index("\x1b[?25l") < text.rindex("\x1b[?25h")


def test_nothing_is_shown_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with listening(Waiting()), doing("reading images"):
        pass
    assert capsys.readouterr() == ("", "")
    assert not can_rewrite(SafeConsole())


def test_no_colour_is_used_where_none_is_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    console = SafeConsole(file=Terminal())
    console.print("text", style="red on white")
    assert "\x1b[3" not in console.file.getvalue()  # type: ignore[attr-defined]
