"""What the examination of the data found."""

from __future__ import annotations

from collections.abc import Iterator

from bench.report.findings import remarks
from bench.report.page.blocks import Block, Heading, Text
from bench.report.page.study.subject import Subject
from bench.report.remark import Severity

_SHOWN = {
    Severity.SERIOUS: ("Serious: ", "note warning"),
    Severity.WARNING: ("Warning: ", "note warning"),
    Severity.NOTE: ("", "note"),
}
"""How a remark begins, and its classes in the style sheet."""


def findings(subject: Subject) -> Iterator[Block]:
    """Every remark on the task, the most serious first."""
    yield Heading(text="What its examination found")
    if subject.task.findings is None:
        yield Text(
            text="The data was not examined: the study is from before that was done.",
            style="note",
        )
        return
    for remark in remarks(subject.task):
        word, style = _SHOWN[remark.severity]
        yield Text(text=f"{word}{remark.text}", style=style)
