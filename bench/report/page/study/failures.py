"""Trials that failed, with their errors."""

from __future__ import annotations

from collections.abc import Iterator

from bench.records import TrialRecord
from bench.records.wording import counted
from bench.report import cells
from bench.report.page.blocks import Block, Folded, Heading, Table, Text
from bench.report.page.study.subject import Subject
from bench.text import terminal

_SHOWN = 50
"""Number of failures that are listed."""

_TRACEBACKS = 5
"""Number of different errors whose traceback is shown."""

_LINE = 400


def failures(subject: Subject) -> Iterator[Block]:
    """A table of failed trials, and a traceback of each kind of error."""
    failed = [trial for trial in subject.results.trials if trial.is_failure]
    yield Heading(text="Failures")
    if left_out := sum(trial.is_left_out for trial in subject.results.trials):
        trials = counted(left_out, "trial")
        yield Text(text=f"Time was too short for {trials}, which no table lists.")
    if not failed:
        yield Text(text="No trial failed.")
        return
    some = "" if len(failed) <= _SHOWN else f", the first {_SHOWN} of {len(failed)}"
    yield Table(
        caption=f"Trials that failed{some}",
        columns=("Trial", "Error", "Hyperparameters"),
        rows=[
            (
                str(trial.number),
                terminal(_error(trial), _LINE),
                cells.hyperparameters(trial.proposal.hyperparameters),
            )
            for trial in failed[:_SHOWN]
        ],
        numbers=frozenset((0,)),
    )
    kinds: dict[str, TrialRecord] = {}
    for trial in failed:
        kinds.setdefault(_error(trial), trial)
    for trial in list(kinds.values())[:_TRACEBACKS]:
        if trial.result is not None and trial.result.traceback:
            yield Folded(
                summary=f"Traceback of trial {trial.number}",
                lines=trial.result.traceback,
            )


def _error(trial: TrialRecord) -> str:
    return "" if trial.result is None else trial.result.error or ""
