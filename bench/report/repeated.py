"""Boards of repeated studies: a row stands for studies that differ in their seed only.

Rows that have the same repeats, on the same test splits, make a board. Nothing of it is
stored: a study is repeated by asking for it with another seed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, TypeVar

import numpy as np

from bench.records import Origin, StudySpec
from bench.records.selection import finite
from bench.records.wording import counted
from bench.report.board import Board, default_spec, title_of
from bench.report.judged import verdict
from bench.report.ranking import Row, rank
from bench.report.resampling import DifferentTests, Repeats, SameTest
from bench.report.results import StudyResults
from bench.report.statistics import LEVEL, holm
from bench.report.tested_images import TestedImages, row_key, tested_images
from bench.store import Store

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, kw_only=True)
class _Place:
    """A row of a board, which is one repeat of a study; a reference has no results."""

    board: Board
    row: Row
    results: StudyResults | None = None

    @property
    def is_default_best(self) -> bool:
        """Whether the search found nothing better than the default configuration."""
        best = None if self.results is None else self.results.best
        return best is not None and best.proposal.origin is Origin.DEFAULT


@dataclass(frozen=True, kw_only=True)
class _Repeated:
    """The repeats of a study, in the order of their seeds."""

    seeds: tuple[int, ...]
    places: tuple[_Place, ...]
    is_default: bool = False

    @property
    def rows(self) -> list[Row]:
        return [place.row for place in self.places]

    @property
    def boards(self) -> list[Board]:
        return [place.board for place in self.places]

    @property
    def key(self) -> str:
        """Identifies it on its board, as the row of its first repeat."""
        return row_key(replace(self.rows[0], is_default=self.is_default))

    @property
    def results(self) -> list[StudyResults]:
        given = [place.results for place in self.places]
        return [results for results in given if results is not None]


def with_repeats(store: Store, boards: Sequence[Board]) -> list[Board]:
    """The boards of repeated studies, then the given boards, whose rows they sum up."""
    groups: dict[tuple[tuple[int, str], ...], list[_Repeated]] = {}
    for each in _repeated(boards):
        tests = [board.key for board in each.boards]
        groups.setdefault(tuple(zip(each.seeds, tests, strict=True)), []).append(each)
    return [*(_board(store, group) for group in groups.values()), *boards]


def without_single_repeats(boards: Sequence[Board]) -> list[Board]:
    """The boards without those of which every study is a repeat on another board."""
    summed_up = {r.study.id for board in boards if board.repeats for r in board.results}
    return [
        board
        for board in boards
        if board.repeats
        or any(r.study.id not in summed_up and not r.replaced_by for r in board.results)
    ]


def _repeated(boards: Iterable[Board]) -> Iterator[_Repeated]:
    """Studies that have several seeds, and the default configurations of all these."""
    searched: dict[str, dict[int, _Place]] = {}
    defaults: dict[str, dict[int, _Place]] = {}
    for place in _places(boards):
        spec = _spec(place)
        kind = defaults if place.row.is_default else searched
        shared = _shared(default_spec(spec) if place.row.is_default else spec)
        others = kind.setdefault(shared, {}).get(spec.seed)
        if others is None or (others.row.seeds or 0) < (place.row.seeds or 0):
            kind[shared][spec.seed] = place
    for of_seed in searched.values():
        if len(of_seed) == 1:
            continue
        seeds = tuple(sorted(of_seed))
        yield _Repeated(seeds=seeds, places=tuple(of_seed[seed] for seed in seeds))
        best = {seed: p for seed, p in of_seed.items() if p.is_default_best}
        of_default = _shared(default_spec(_spec(of_seed[seeds[0]])))
        default = best | defaults.get(of_default, {})
        if len(best) < len(seeds) and default.keys() >= set(seeds):
            defaults.pop(of_default, None)  # one row, however many searches share it
            places = tuple(default[seed] for seed in seeds)
            yield _Repeated(seeds=seeds, places=places, is_default=True)


def _spec(place: _Place) -> StudySpec:
    assert place.results is not None
    return place.results.study.comparable_spec


def _shared(spec: StudySpec) -> str:
    """Text that only repeats of one study share."""
    return f"{replace(spec.without_growth, seed=0).to_json()}{spec.fills_time}"


def _places(boards: Iterable[Board]) -> Iterator[_Place]:
    for board in boards:
        by_id = {results.study.id: results for results in board.results}
        for row in board.rows:
            if row.study in by_id:
                yield _Place(board=board, row=row, results=by_id[row.study])


def _references(repeated: _Repeated) -> Iterator[_Repeated]:
    """The references that all boards of some repeats have."""
    found: dict[str, list[_Place]] = {}
    for board in repeated.boards:
        for row in board.rows:
            if row.is_reference:
                found.setdefault(row.family, []).append(_Place(board=board, row=row))
    for places in found.values():
        if len(places) == len(repeated.seeds):
            yield _Repeated(seeds=repeated.seeds, places=tuple(places))


def _board(store: Store, group: Sequence[_Repeated]) -> Board:
    """The board of studies that have the same repeats."""
    first, *_ = boards = group[0].boards
    is_same_test = len({board.key for board in boards}) == 1
    ranked = [*group, *_references(group[0])]
    evidence, over = _evidence(store, ranked, is_same_test=is_same_test)
    rows = [_row(repeated, evidence, over) for repeated in ranked]
    what = "repeated searches" if is_same_test else "repeated splits"
    studies = {r.study.id: r for repeated in group for r in repeated.results}
    return replace(
        first,
        title=f"{title_of(first.results[0].study)}, {len(boards)} {what}",
        key=" ".join(dict.fromkeys(board.key for board in boards)),
        rows=tuple(_judged(rows, evidence)),
        results=tuple(studies.values()),
        comparisons=(),
        looks=None,
        ensembles=(),  # of the first repeat alone
        repeats=len(boards),
    )


def _evidence(
    store: Store, ranked: Sequence[_Repeated], *, is_same_test: bool
) -> tuple[Repeats, str]:
    """What is known of the rows of a board, and what their intervals cover."""
    scores = {each.key: [row.score for row in each.rows] for each in ranked}
    if not is_same_test:
        tasks = [r.study.task for repeated in ranked for r in repeated.results]
        ratio = max(task.test / (task.train + task.validation) for task in tasks)
        is_rate = ranked[0].rows[0].task_type.ranked_by.bounds == (0.0, 1.0)
        images = min(task.test for task in tasks) if is_rate else None
        return DifferentTests(scores, ratio, images), "splits, searches and seeds"
    tested = _images(store, ranked)
    if tested is None:
        return DifferentTests(scores, 0.0), "searches and seeds"
    over = "searches, seeds and test images"
    return SameTest(tested.scores, tested.rate_images), over


def _images(store: Store, ranked: Sequence[_Repeated]) -> TestedImages | None:
    """Scores by test image, ``(repeats, images)``; None if a row's are unknown."""
    board = ranked[0].boards[0]
    tested = [results for results in board.results if results.is_ranked]
    known = tested_images(store, tested, store.references(board.key))
    found = {}
    for repeated in ranked:
        scores = [known.scores.get(row_key(row)) for row in repeated.rows]
        means = [each.mean(axis=0) for each in scores if each is not None]
        if len(means) < len(scores):
            return None
        found[repeated.key] = np.stack(means if repeated.results else means[:1])
    return replace(known, scores=found)


def _row(repeated: _Repeated, evidence: Repeats, over: str) -> Row:
    """One row for all repeats of a study."""
    rows, found = repeated.rows, evidence.interval(repeated.key)
    first = rows[0]
    lowest, highest = first.task_type.ranked_by.bounds
    parameters = _mean(row.parameters for row in rows)
    return replace(
        first,
        metrics={n: _mean(row.metrics.get(n) for row in rows) for n in first.metrics},
        low=max(lowest, found.low),
        high=min(highest, found.high),
        of_seeds=None,
        of_images=None,
        verdict="",
        p_value=None,
        difference_error=None,
        **_optimism(rows, evidence),
        is_default=repeated.is_default,
        validation=_mean(row.validation for row in rows),
        validation_deviation=_mean(row.validation_deviation for row in rows),
        parameters=None if parameters is None else round(parameters),
        train_seconds=_mean(row.train_seconds for row in rows),
        latency_ms_1=_mean(row.latency_ms_1 for row in rows),
        latency_ms_64=_mean(row.latency_ms_64 for row in rows),
        trials_finished=_sum(row.trials_finished for row in rows),
        trials_failed=_sum(row.trials_failed for row in rows),
        search_core_seconds=_sum(row.search_core_seconds for row in rows),
        search_training_seconds=_sum(row.search_training_seconds for row in rows),
        model_proposals=_sum(row.model_proposals for row in rows),
        seeds=_sum(row.seeds for row in rows),
        hyperparameters={},
        studies=tuple(row.study for row in rows if row.study),
        repeats=tuple(row.score for row in rows),
        interval_over=over,
        note="; ".join(_notes(repeated)),
        rank=None,
    )


def _optimism(rows: Sequence[Row], evidence: Repeats) -> dict[str, Any]:
    """Mean optimism of selection; images that all repeats share give no interval."""
    known = [row.optimism for row in rows if row.optimism is not None]
    values: dict[str, Any] = dict.fromkeys(
        ("optimism", "optimism_low", "optimism_high")
    )
    if len(known) < len(rows):
        return values
    values["optimism"] = _mean(known)
    if isinstance(evidence, DifferentTests):
        found = evidence.mean(np.array(known))
        values |= {"optimism_low": found.low, "optimism_high": found.high}
    return values


def _notes(repeated: _Repeated) -> Iterator[str]:
    """What readers must know of a row: that repeats are unlike each other."""
    if unfinished := sum(results.is_unfinished for results in repeated.results):
        yield f"{unfinished} of {counted(len(repeated.seeds), 'repeat')} unfinished"
    if len({row.seeds for row in repeated.rows}) > 1:
        yield "the number of seeds differs between repeats, which count alike"


def _judged(rows: Iterable[Row], evidence: Repeats) -> list[Row]:
    """Ranked rows with verdicts on their differences from the first, as ``judged``."""
    first, *others = rank(rows)
    keys = [row_key(row) for row in (first, *others)]
    # The pairs with the first row come first.
    differences = [evidence.difference(*pair) for pair in combinations(keys, 2)]
    corrected = holm([difference.p_value for difference in differences])
    judged = [
        replace(row, verdict=verdict(difference, p, row.task_type), p_value=p)
        for row, difference, p in zip(others, differences, corrected, strict=False)
    ]
    better: dict[str, list[str]] = {key: [] for key in keys}
    for (one, other), p in zip(combinations(keys, 2), corrected, strict=True):
        if p < LEVEL:
            better[one].append(other)
    return [
        replace(row, better_than=tuple(better[key]))
        for row, key in zip((first, *judged), keys, strict=True)
    ]


def _mean(values: Iterable[float | None]) -> float | None:
    """Mean of all values; None if one is missing or the mean is not finite."""
    given = list(values)
    known = [value for value in given if value is not None]
    return finite(float(np.mean(known))) if len(known) == len(given) else None


def _sum(values: Iterable[Number | None]) -> Number | None:
    """Sum of all values; None if one is missing."""
    given = list(values)
    known = [value for value in given if value is not None]
    return sum(known) if len(known) == len(given) else None
