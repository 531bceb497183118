"""Sentences about a board that its Markdown and its page share."""

from __future__ import annotations

from bench.records import TrialState
from bench.report.board import Board
from bench.report.results import StudyResults


def sizes(board: Board) -> str:
    """Numbers of images; studies may divide those that don't test differently."""
    tasks = [results.study.task for results in board.results]
    divisions = dict.fromkeys((task.train, task.validation) for task in tasks)
    texts = [
        f"{train:,} training and {validation:,} validation"
        for train, validation in divisions
    ]
    return f"{' or '.join(texts)} images, {board.task.test:,} test images"


def versions(board: Board) -> list[str]:
    """Versions of the software; one line for each set of versions among studies."""
    lines = (
        ", ".join(
            f"{name} {version}"
            for name, version in sorted(versions.items())
            if not name.startswith(("fid_", "commit"))
        )
        for versions in (results.study.versions for results in board.results)
    )
    return [line for line in dict.fromkeys(lines) if line]


def progress(results: StudyResults) -> str:
    """How far an unfinished study is, and why it ended."""
    finished = results.count(TrialState.FINISHED)
    failed = results.count(TrialState.FAILED)
    text = (
        f"{finished} finished and {failed} failed trials, {len(results.finals)} of "
        f"{results.study.spec.seeds} seeds"
    )
    return f"{text}; {results.study.message}" if results.study.message else text
