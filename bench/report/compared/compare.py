"""Compares studies that were tested on the same images by the same metric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from bench.errors import UsageError, command
from bench.metrics import class_scores
from bench.records import Role
from bench.report.board import Board, boards
from bench.report.cells import labels, study_title
from bench.report.compared.contender import (
    Choice,
    Contender,
    finals_of,
    predictions,
)
from bench.report.compared.pair import Pair
from bench.report.judged import judged
from bench.report.results import StudyResults
from bench.report.rows import default_row, study_row
from bench.report.statistics import CrossedScores
from bench.report.tested_images import TestedImages, final_key, row_key, tested_images
from bench.store import Store

MAX_STUDIES = 8
"""Number of studies that are compared at once; pairs of more are read by nobody."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Several configurations and all pairs of them.

    Attributes:
        board: Their board.
        contenders: The configurations in the order in which they were named.
        pairs: All pairs of them.
        judged_rows: Number of rows of the board for whose pairs p values are corrected.
    """

    board: Board
    contenders: tuple[Contender, ...]
    pairs: tuple[Pair, ...]
    judged_rows: int

    @cached_property
    def recalls(self) -> list[tuple[str, int, list[float | None]]]:
        """For each class its name, its test images, and each configuration's recall.

        The recall counts the predictions of all seeds. None where it is unknown. The
        class on which the configurations differ most comes first.
        """
        known = [c.predictions for c in self.contenders if c.predictions is not None]
        if not known:
            return []
        of_each = [_recalls(contender) for contender in self.contenders]
        counts = [int((known[0].labels == n).sum()) for n in range(len(self._classes))]
        rows = [
            (name, counts[n], [None if each is None else each[n] for each in of_each])
            for n, name in enumerate(self._classes)
        ]
        return sorted(rows, key=lambda row: -_spread(row[2]))

    @property
    def _classes(self) -> tuple[str, ...]:
        return self.board.task.class_names


def compare(store: Store, chosen: Sequence[Choice]) -> Compared:
    """Compare configurations of studies.

    Args:
        store: Holds the studies.
        chosen: The configurations.

    Raises:
        UsageError: They are less than two, too many, named twice, not tested yet, or
            tested on different boards.
    """
    _check(chosen)
    test = chosen[0][0].test
    board = next(board for board in boards(store) if board.key == test)
    return compare_on(store, board, chosen)


def compare_on(store: Store, board: Board, chosen: Sequence[Choice]) -> Compared:
    """Compare configurations of studies of one board.

    Args:
        store: Holds the studies.
        board: Their board.
        chosen: The configurations.

    Raises:
        UsageError: One is not tested yet.
    """
    of_study = {results.study.id: results for results in board.results}
    named = [(of_study[study.id], role) for study, role in chosen]
    for results, role in named:
        _check_tested(results, role)
    ids = {study.id for study, _ in chosen}  # others may have their rows
    shown = [r for r in board.results if r.is_ranked or r.study.id in ids]
    images = tested_images(store, shown, store.references(board.key))
    contenders = _contenders(store, named, images)
    pairs, judged_rows = _pairs(board, contenders, images)
    return Compared(
        board=board,
        contenders=tuple(contenders),
        pairs=tuple(pairs),
        judged_rows=judged_rows,
    )


def _check(chosen: Sequence[Choice]) -> None:
    if not 2 <= len(chosen) <= MAX_STUDIES:
        raise UsageError(
            f"compare takes 2 to {MAX_STUDIES} studies, not {len(chosen)}: "
            f"{command('studies')} lists them"
        )
    names = [_name(study.id, role) for study, role in chosen]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(
                f"studies are compared with others; {name} is named twice: name "
                "another, or its default configuration as 'STUDY, default'"
            )
    tests = {study.test: study for study, _ in chosen}
    if len(tests) > 1:
        listed = "; ".join(f"{study_title(s)} ({s.id[:8]})" for s in tests.values())
        raise UsageError(
            "studies are compared on the same test images by the same metric; these "
            f"are on {len(tests)} boards: {listed}: name studies of one board "
            f"({command('leaderboard')})"
        )


def _check_tested(results: StudyResults, role: Role) -> None:
    if finals_of(results, role):
        return
    name = f"{study_title(results.study)} ({_name(results.study.id, role)})"
    if role is Role.DEFAULT and results.finals:
        raise UsageError(
            f"configurations are compared by their tests; {name} was not tested apart: "
            "it is the best configuration itself, or was left out by --skip-default"
        )
    raise UsageError(
        f"configurations are compared by their tests; {name} has not been tested yet: "
        "give its search again"
    )


def _name(study: str, role: Role) -> str:
    return study[:8] + (", default" if role is Role.DEFAULT else "")


def _contenders(
    store: Store, named: Sequence[tuple[StudyResults, Role]], images: TestedImages
) -> list[Contender]:
    rows = [
        judged([default_row(r) if role is Role.DEFAULT else study_row(r)], images)[0]
        for r, role in named
    ]
    return [
        Contender(
            label=label,
            results=results,
            role=role,
            row=row,
            predictions=predictions(store, results, role),
        )
        for (results, role), row, label in zip(named, rows, labels(rows), strict=True)
    ]


def _pairs(
    board: Board, contenders: Sequence[Contender], images: TestedImages
) -> tuple[list[Pair], int]:
    """All pairs, and the number of rows for whose pairs p values are corrected.

    Who compares studies has seen their board, so that all its pairs count.
    """
    own = [final_key(each.study.id, each.role) for each in contenders]
    keys = list(dict.fromkeys((*map(row_key, board.rows), *own)))
    keys = [key for key in keys if key in images.scores]
    references = {row_key(row) for row in board.rows if row.is_reference}
    tested = _crossed(keys, images, references) if keys else None
    corrected = np.ones((0, 0)) if tested is None else tested.corrected()
    pairs = []
    for (i, one), (k, other) in combinations(enumerate(contenders), 2):
        difference, p_value = None, None
        if tested is not None and own[i] in keys and own[k] in keys:
            places = keys.index(own[i]), keys.index(own[k])
            difference = tested.difference(*places)
            p_value = float(corrected[places])
        pairs.append(Pair(one=one, other=other, difference=difference, p_value=p_value))
    return pairs, len(keys)


def _crossed(
    keys: Sequence[str], images: TestedImages, references: set[str]
) -> CrossedScores:
    return CrossedScores(
        [images.scores[key] for key in keys],
        without_chance=[n for n, key in enumerate(keys) if key in references],
        rate_images=images.rate_images,
    )


def _recalls(contender: Contender) -> list[float | None] | None:
    """Recall of each class over the predictions of all seeds."""
    found = contender.predictions
    if found is None:
        return None
    seeds, _, classes = found.probabilities.shape
    scores = class_scores(
        found.probabilities.reshape(-1, classes), np.tile(found.labels, seeds)
    )
    return [each.recall for each in scores]


def _spread(values: Sequence[float | None]) -> float:
    known = [value for value in values if value is not None]
    return max(known) - min(known) if known else 0.0
