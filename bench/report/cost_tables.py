"""Searches at equal cost as tables, for the console, documents and other programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from bench.records.durations import duration
from bench.records.wording import budget_text
from bench.report import cells
from bench.report.board import Board
from bench.report.equal_cost import (
    Course,
    courses,
    standing,
    times,
    validates_alike,
)
from bench.text import csv_cell, json_text, terminal
from bench.text.table import Column, FittedTable

STEP_COLUMNS = (
    "dataset",
    "test_split",
    "family",
    "tuner",
    "budget",
    "study",
    "seconds",
    "trials",
    "objective",
    "validation",
    "hyperparameters",
)


def steps_csv(boards: Sequence[Board]) -> str:
    """Each new best trial of each search, one line for each, in the order of time."""
    text = io.StringIO()
    writer = csv.DictWriter(text, STEP_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for board in boards:
        for each in courses(board):
            shared = _facts(each) | {
                "dataset": board.task.title,
                "test_split": board.task.test_fingerprint,
                "objective": board.task_type.objective.name,
            }
            for step in each.steps:
                values = shared | asdict(step)
                values["hyperparameters"] = json_text(
                    dict(sorted(step.hyperparameters.items()))
                )
                writer.writerow({n: csv_cell(values[n]) for n in STEP_COLUMNS})
    return text.getvalue()


def searches_json(board: Board) -> list[dict[str, Any]]:
    """The searches of a board with their steps, as ``bench.text.json_text`` takes."""
    return [
        _facts(each)
        | {"seconds": each.seconds, "steps": [asdict(step) for step in each.steps]}
        for each in courses(board)
    ]


def standing_json(board: Board, seconds: float) -> dict[str, Any]:
    """The searches of a board as they stood after some seconds, the best one first."""
    shown = standing(board, seconds)
    return {
        "title": board.title,
        "seconds": seconds,
        "objective": board.task_type.objective.name,
        "validates_alike": validates_alike(board),
        "searches": [_facts(each) | _standing(each, seconds) for each in shown],
    }


def standing_table(board: Board, seconds: float) -> FittedTable:
    """The searches of a board as they stood after some seconds, the best one first."""
    shown, objective = standing(board, seconds), board.task_type.objective
    labels = cells.study_labels([each.results.study for each in shown])
    values = [_standing(each, seconds) for each in shown]
    scores = [cells.metric(each["validation"], objective) for each in values]
    over = [
        f"{each['trials']} of {len(course.ends)}"
        for each, course in zip(values, shown, strict=True)
    ]
    best = [cells.hyperparameters(each["hyperparameters"] or {}) for each in values]
    return FittedTable(
        columns=[
            Column(name="family", heading="Family", texts=labels, wraps=True),
            Column(
                name=f"validation_{objective.name}",
                heading=f"Valid.\n{objective.label}",
                texts=scores,
                is_right=True,
            ),
            Column(name="trials", heading="Trials\nover", texts=over, importance=1),
            Column(
                name="search",
                heading="Search",
                texts=[_state(each, seconds) for each in shown],
                importance=2,
                wraps=True,
            ),
            Column(
                name="hyperparameters",
                heading="Best configuration so far",
                texts=best,
                importance=3,
                wraps=True,
            ),
        ],
        title=f"{terminal(board.title)} after {duration(seconds)} of search",
        caption=" ".join(cost_remarks(board)),
        is_ruled=True,
    )


def cost_lines(board: Board) -> list[dict[str, str]]:
    """Rows of a table: the best score of each search after round numbers of seconds.

    Empty if the board has fewer than two searches, or if they have no time in common.
    """
    shown = courses(board)
    compared = times(shown)
    if len(shown) < 2 or not compared:
        return []
    ranked = standing(board, compared[-1])
    objective = board.task_type.objective
    labels = cells.study_labels([each.results.study for each in ranked])
    return [
        {"Family": label}
        | {
            f"after {duration(seconds)}": _cell(each, seconds, objective.text)
            for seconds in compared
        }
        | {"Whole search": duration(each.seconds)}
        for each, label in zip(ranked, labels, strict=True)
    ]


def cost_remarks(board: Board) -> list[str]:
    """What a reader of such a table must know, in sentences."""
    label = board.task_type.objective.label
    sentences = [
        f"The score is the validation {label} of the best trial that was over by then; "
        "what it would have scored on the test images is unknown.",
        "Seconds are those of the search alone, with the workers that it had.",
    ]
    if not validates_alike(board):
        sentences.append(
            "The searches were validated on different images, so their scores compare "
            "only roughly."
        )
    return sentences


def _facts(course: Course) -> dict[str, Any]:
    study = course.results.study
    return {
        "study": study.id,
        "family": study.spec.family,
        "tuner": study.spec.searcher,
        "budget": budget_text(study.spec),
    }


def _standing(course: Course, seconds: float) -> dict[str, Any]:
    step = course.after(seconds)
    return {
        "validation": step and step.validation,
        "hyperparameters": step and dict(step.hyperparameters),
        "trials": course.trials_after(seconds),
        "is_over": course.is_over_after(seconds),
        "search_seconds": min(seconds, course.seconds),
    }


def _state(course: Course, seconds: float) -> str:
    if course.is_over_after(seconds):
        return f"over in {duration(course.seconds)}"
    if course.seconds <= seconds:
        return f"unfinished, {duration(course.seconds)} so far"
    return "went on"


def _cell(course: Course, seconds: float, text: Callable[[float], str]) -> str:
    """A score; in brackets if the search was over before."""
    step = course.after(seconds)
    if step is None:
        return cells.UNKNOWN
    score = text(step.validation)
    return f"({score})" if course.is_over_after(seconds) else score
