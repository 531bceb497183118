"""A pytest plugin that counts what tests of faults tried, and writes it as a table.

``pytest tests/faults --reliability-table PATH`` writes and prints a row of Markdown for
each kind of fault or input: how often it was tried, what happened, and what is
promised. It works with xdist too, since counts travel with the reports of the tests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

_KEY = "reliability"
_HEAD = (
    "| fault or input | times tried | what happened | promised |\n"
    "| :--- | ---: | :--- | :--- |\n"
)

Tried = Callable[..., None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--reliability-table",
        metavar="PATH",
        type=Path,
        help="Write what tests of faults tried, as a table in Markdown.",
    )


def pytest_configure(config: pytest.Config) -> None:
    path = config.getoption("--reliability-table")
    if path is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Table(path), "reliability_table")


@pytest.fixture
def tried(request: pytest.FixtureRequest) -> Iterator[Tried]:
    """Counts a fault for the table: ``tried(fault, happened, promised, times=1)``."""
    counts: Counter[tuple[str, str, str]] = Counter()

    def tried(fault: str, happened: str, promised: str, times: int = 1) -> None:
        counts[fault, promised, happened] += times

    yield tried
    for row, times in counts.items():
        request.node.user_properties.append((_KEY, [*row, times]))


class _Table:
    """Collects the counts of all reports, and writes the table at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown":
            for key, value in report.user_properties:
                if key == _KEY:
                    fault, promised, happened, times = value
                    self._counts[fault, promised, happened] += times
        elif report.failed:
            self._counts[report.nodeid, "", "the test failed"] += 1

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        table = _HEAD + "".join(self._rows())
        self._path.write_text(table, "utf-8")
        terminalreporter.section("reliability")
        terminalreporter.write(table)

    def _rows(self) -> Iterator[str]:
        faults = sorted({(fault, promised) for fault, promised, _ in self._counts})
        for fault, promised in faults:
            happened = {
                text: times
                for (*row, text), times in sorted(self._counts.items())
                if tuple(row) == (fault, promised)
            }
            texts = ", ".join(f"{times} {text}" for text, times in happened.items())
            yield f"| {fault} | {sum(happened.values())} | {texts} | {promised} |\n"
