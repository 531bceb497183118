"""The study in short, and its commands."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.records import FLOAT32
from bench.records.durations import duration
from bench.records.wording import budget_text, counted
from bench.report import cells
from bench.report.command import search_command
from bench.report.page.blocks import Block, Command, Facts, Section, Text
from bench.report.page.study.subject import Subject
from search_spaces.parts.sizes import SMALL


def commands(subject: Subject) -> Section:
    return Section(anchor="study", title="The study", blocks=tuple(_blocks(subject)))


def badges(subject: Subject) -> list[str]:
    """Words for what kind of study it is, and how far it is."""
    spec = subject.spec
    return [
        spec.task_type.kind,
        spec.searcher,
        budget_text(spec),
        str(subject.study.state),
    ]


def lead(subject: Subject) -> Iterator[str]:
    """The outcome in a sentence or two."""
    row = subject.row()
    if (other := subject.results.replaced_by) != "":
        yield (
            f"Its row on the board is now that of {other[:8]}, the same search with "
            "more epochs."
        )
    elif row is None:
        yield "No configuration has been tested yet."
    else:
        metric = row.task_type.ranked_by.label
        seeds = counted(row.seeds or 0, "seed")
        sure = (
            ""
            if row.low is None
            else (f"; ± is the 95% interval over {cells.covered([row])}")
        )
        yield f"Test {metric} {cells.score(row)} ({seeds}{sure})."
        if row.rank is not None:
            yield (
                f"Rank {row.rank} of {len(subject.board.rows)} on the board "
                f"{subject.board.title}."
            )
    if subject.study.message:
        yield f"The study says: {subject.study.message}"


def _blocks(subject: Subject) -> Iterator[Block]:
    study = subject.study
    yield Command(
        label="This command made it, and continues it if it is not finished:",
        text=search_command(subject.spec),
    )
    if subject.results.finals:
        yield Command(
            label="This one trains its final models again, and compares the scores:",
            text=f"python -m bench reproduce {study.id[:8]}",
        )
    yield Facts(values=list(_facts(subject)))
    row = subject.row()
    if row is not None and row.note:
        yield Text(text=cells.capitalized(row.note) + ".", style="note")


def _facts(subject: Subject) -> Iterator[tuple[str, str]]:
    study, results = subject.study, subject.results
    yield "Study", study.id
    yield "Family", study.spec.family
    yield "Begun", time.strftime("%Y-%m-%d %H:%M", time.localtime(study.created))
    yield "Time, final trainings included", duration(study.seconds)
    yield "Configurations tried", f"{len(results.configurations):,}"
    yield "Trials", results.ended_text
    yield (
        "Seeds tested",
        f"{len(results.finals)} of {study.spec.seeds}",
    )
    if study.spec.size != SMALL:
        yield "Size of the search space", study.spec.size
    if study.spec.precision != FLOAT32:
        yield "Networks compute in", study.spec.precision
    if study.spec.fixed:
        yield "Held", cells.hyperparameters(dict(study.spec.fixed))
    if study.spec.ranges:
        yield "Other ranges", cells.hyperparameters(dict(study.spec.ranges))
    if study.spec.only is not None:
        yield "Searched only", ", ".join(study.spec.only)
