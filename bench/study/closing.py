"""The end of a command that searched: its boards, and what is next. Without Keras."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bench import report
from bench.errors import command
from bench.records import (
    CLASSIFICATION,
    GENERATION,
    Role,
    SearchRequest,
    StudyRecord,
    StudySpec,
)
from bench.records.wording import counted
from bench.report import Board, Row
from bench.searchers import TUNERS
from bench.store import Store, model_file
from bench.text import terminal

_USUAL = Path("results")

_MORE_SEEDS = 2
"""Number of seeds that the command to go on adds."""


def show(
    request: SearchRequest, store: Store, console: Console, studies: Sequence[str]
) -> None:
    """Show the boards of a search, and what is next unless it is to be quiet."""
    show_boards(store, console, studies)
    if not request.quiet:
        show_next(store, console, studies)


def show_boards(store: Store, console: Console, studies: Sequence[str]) -> None:
    """Show the boards of the data sets of some studies; of all if there are none."""
    shown = report.boards(store, beside=studies)
    summary = report.without_single_repeats(report.with_repeats(store, shown))
    for board in summary:
        console.print(report.table(board))
        for line in report.comparisons(board):
            console.print(line)
        _say(console, *_replaced(board, studies))
    if not studies:
        for across in report.overall(shown):
            console.print(report.overall_table(across))


def _replaced(board: Board, studies: Sequence[str]) -> Iterator[str]:
    """Which rows are no longer there, of studies that were asked for or by these."""
    for results in board.results:
        own, other = results.study, results.replaced_by
        if other and not board.repeats and {own.id, other} & set(studies):
            yield (
                f"{other[:8]} has the row of {own.id[:8]}, the same search with "
                f"{counted(own.spec.budget.epochs, 'epoch')}; both are in the store"
            )


def show_next(store: Store, console: Console, studies: Sequence[str]) -> None:
    """Say where the best model of some studies is, and what can be done with it."""
    boards = report.boards(store)
    best = next((b for board in boards if (b := _best(store, board, studies))), None)
    if best is None:
        return
    is_first = len(boards) == 1 and best.row is _searched(boards[0])[0]
    name = "best" if is_first else best.name
    _say(console, *_model(store, best), "next:")
    for step in _steps(store, best.study, name):
        _say(console, step, indent="  ")


@dataclass(frozen=True, kw_only=True)
class _Best:
    """A study and the row by which it is the best one."""

    study: StudyRecord
    row: Row

    @property
    def name(self) -> str:
        """How commands name its model."""
        name = self.study.id[:8]
        return f"'{name}, default'" if self.row.is_default else name


def _best(store: Store, board: Board, studies: Sequence[str]) -> _Best | None:
    """The first row of a board that is one of some studies."""
    for row in _searched(board):
        study = store.study(row.study) if row.study in studies else None
        if study is not None:
            return _Best(study=study, row=row)
    return None


def _searched(board: Board) -> list[Row]:
    return [row for row in board.rows if row.study]


def _model(store: Store, best: _Best) -> Iterator[str]:
    spec, row = best.study.spec, best.row
    role = Role.DEFAULT if row.is_default else Role.FINAL
    path = model_file(store.folder, best.study.id, role, spec.seed)
    ranked = row.task_type.ranked_by
    score = f"{row.name}, test {ranked.label} {ranked.text(row.score)}"
    if path.exists():
        yield f"best model: {path} ({score})"
    else:
        yield f"best: {score}; its model was not kept"


def _steps(store: Store, study: StudyRecord, name: str) -> Iterator[str]:
    """What can be done next, each as a command with what it does."""
    folder = shlex.quote(str(store.folder))
    there = "" if store.folder == _USUAL else f" --results {folder}"
    kind = study.spec.task_type.kind
    steps = {"report --open": "shows boards, curves and searches in a browser"}
    if kind == CLASSIFICATION:
        steps[f"predict {name} IMAGES"] = "says the classes of your images"
        steps[f"explain {name}"] = "shows the pixels that speak for them"
    if kind == GENERATION:
        steps[f"generate {name} --to FOLDER"] = "writes images"
    for words, what in steps.items():
        yield f"{command(words)}{there}  ({what})"
    for larger, what in _larger(study.spec):
        yield f"{report.search_command(larger, command())}{there}  ({what})"


def _larger(spec: StudySpec) -> Iterator[tuple[StudySpec, str]]:
    """Specifications that go on with a study, and what each of them does."""
    tuner, trials = TUNERS[spec.tuner], spec.budget.trials
    if tuner.is_extensible and not tuner.exhaustive and spec.budget.seconds is None:
        more = replace(spec.budget, trials=2 * trials)
        yield (
            replace(spec, budget=more),
            f"tries {counted(trials, 'configuration')} more",
        )
    seeds = replace(spec, seeds=spec.seeds + _MORE_SEEDS)
    yield seeds, f"trains {_MORE_SEEDS} more seeds"


def _say(console: Console, *lines: str, indent: str = "") -> None:
    for line in lines:
        console.print(Text(indent + terminal(line)), soft_wrap=True)
