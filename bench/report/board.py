"""Boards: the ranked studies of a store, one board for each test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bench.errors import UsageError, unknown
from bench.records import Role, StudyRecord, StudySpec, TaskRecord, TaskType
from bench.records.wording import given_name, title
from bench.report.comparison import Comparison, Variant, comparisons
from bench.report.ensembles import ensemble_rows
from bench.report.judged import judged
from bench.report.looks import Looks, looks
from bench.report.optimism import with_optimism
from bench.report.ranking import Row, placed, rank
from bench.report.results import StudyResults, study_results
from bench.report.rows import default_row, ranked_type, reference_row, study_row
from bench.report.tested_images import (
    TestedImages,
    final_key,
    row_key,
    tested_images,
)
from bench.store import Store


@dataclass(frozen=True, kw_only=True)
class Board:
    """The leaderboard of one test: the same test images, metrics and conditions.

    Attributes:
        title: Title, unique in the store.
        key: Identity of the test, unique in the store.
        task_type: Task type of all rows.
        task: Task of the oldest study. The other studies share its test split, but
            may divide the remaining images differently.
        rows: Rows by rank, references included.
        ensembles: Rows of ensembles, which are not ranked: they are several models,
            and nobody knows how much another training would change their one score.
        results: All studies on this test, oldest first.
        comparisons: Comparisons of studies that differ in one held hyperparameter.
        looks: How often the test split was looked at; None for several splits.
        repeats: Number of studies that each row stands for; 0 if rows are studies.
    """

    title: str
    key: str
    task_type: TaskType
    task: TaskRecord
    rows: tuple[Row, ...]
    results: tuple[StudyResults, ...]
    comparisons: tuple[Comparison, ...] = ()
    looks: Looks | None = None
    repeats: int = 0
    ensembles: tuple[Row, ...] = ()

    @property
    def test_split(self) -> str | None:
        """Identity of the test split; None if each repeat has another."""
        tests = {results.study.task.test_fingerprint for results in self.results}
        return tests.pop() if len(tests) == 1 else None

    @property
    def examined(self) -> TaskRecord | None:
        """The first task that was examined; None if none was."""
        tasks = (results.study.task for results in self.results)
        return next((task for task in tasks if task.findings is not None), None)

    @property
    def all_rows(self) -> list[Row]:
        """Ranked rows, and ensembles where their scores would place them."""
        return placed((*self.rows, *self.ensembles))

    @property
    def shown_rows(self) -> list[Row]:
        """The rows of tables that are read whole: of averaged seeds only the telling.

        These are better than the first row, and better than their own study's row for
        certain.
        """
        return [
            row for row in self.all_rows if not row.ensemble or self._is_telling(row)
        ]

    def _is_telling(self, row: Row) -> bool:
        if row.members:  # it was asked for
            return True
        better = row.task_type.ranked_by.better
        is_clear = row.gain is not None and row.gain.low > 0
        return is_clear and better(row.score) > better(self.rows[0].score)

    @property
    def unfinished(self) -> list[StudyResults]:
        """Studies whose command would still train something."""
        return [results for results in self.results if results.is_unfinished]


def boards(
    store: Store, dataset: str | None = None, *, beside: Collection[str] = ()
) -> list[Board]:
    """The boards of a store, sorted by data set.

    Models that were tested on different images, or by different metrics, are not
    ranked together: each test has its own board.

    Args:
        store: The store.
        dataset: Data set whose boards are wanted, by its title or as it was given;
            None for all.
        beside: Identities of studies whose data sets' boards are wanted; none for all.

    Raises:
        UsageError: No study in the store is on ``dataset``.
    """
    groups: dict[str, list[StudyResults]] = {}
    everything = study_results(store)
    for results in everything:
        groups.setdefault(results.study.test, []).append(results)
    groups = {test: _titled(group) for test, group in groups.items()}
    _check_known(dataset, groups.values())
    titles = Counter(title_of(group[0].study) for group in groups.values())
    sets = {r.study.task.data_set for r in everything if r.study.id in beside}
    wanted = [
        _board(
            store,
            group,
            everything,
            is_title_unique=titles[title_of(group[0].study)] == 1,
        )
        for group in groups.values()
        if (dataset is None or dataset in _names(group))
        and (not beside or group[0].study.task.data_set in sets)
    ]
    return sorted(wanted, key=_order)


def _titled(group: list[StudyResults]) -> list[StudyResults]:
    """Studies of one board, of which all have the name that was given to one last."""
    names = [each.study.spec.name for each in group if each.study.spec.name]
    if not names:
        return group
    return [
        replace(
            each,
            study=replace(each.study, task=replace(each.study.task, name=names[-1])),
        )
        for each in group
    ]


def _names(group: Sequence[StudyResults]) -> set[str]:
    """All that the data set of a board is called."""
    tasks = [each.study.task for each in group]
    titles = {task.title for task in tasks} | {title(task.dataset) for task in tasks}
    given = {task.dataset for task in tasks}
    return titles | given | {given_name(name) for name in given}


def _check_known(dataset: str | None, groups: Iterable[Sequence[StudyResults]]) -> None:
    groups = list(groups)
    if dataset is None or any(dataset in _names(group) for group in groups):
        return
    names = sorted({group[0].study.task.title for group in groups})
    listing = "in the store: " + (", ".join(names) or "no study yet")
    raise UsageError(unknown("data set", dataset, names, listing))


def _board(
    store: Store,
    group: Sequence[StudyResults],
    everything: Iterable[StudyResults],
    *,
    is_title_unique: bool,
) -> Board:
    """The board of a test.

    Args:
        store: Holds the studies.
        group: The studies of the board.
        everything: All studies, since those of other metrics look at its images too.
        is_title_unique: Whether no other board has its title.
    """
    study = group[0].study
    ranked = [results for results in group if results.is_ranked]
    rows = [study_row(results) for results in ranked] + _default_rows(ranked)
    references = store.references(study.test)
    rows += [reference_row(study, reference) for reference in references]
    images = tested_images(store, ranked, references)
    variants = [
        Variant(
            spec=r.study.comparable_spec,
            finals=r.finals,
            scores=images.scores.get(final_key(r.study.id, Role.FINAL)),
            rate_images=images.rate_images,
        )
        for r in ranked
    ]
    ranked_rows = with_optimism(store, judged(rank(rows), images), ranked)
    split = study.task.test_fingerprint
    on_split = [r for r in everything if r.study.task.test_fingerprint == split]
    return Board(
        title=title_of(study) if is_title_unique else _distinct_title(study),
        key=study.test,
        task_type=ranked_type(study),
        task=study.task,
        rows=tuple(ranked_rows),
        looks=looks(store, on_split, ranked_rows, split),
        ensembles=tuple(_ensembles(store, ranked, ranked_rows, images)),
        results=tuple(group),
        comparisons=tuple(comparisons(variants)),
    )


def _ensembles(
    store: Store,
    studies: Iterable[StudyResults],
    rows: Iterable[Row],
    images: TestedImages,
) -> Iterator[Row]:
    """Rows of the ensembles of studies whose predictions are known."""
    by_key = {row_key(row): row for row in rows}
    for results in studies:
        row = by_key[final_key(results.study.id, Role.FINAL)]
        yield from ensemble_rows(store, results, row, images)


def _default_rows(ranked: Iterable[StudyResults]) -> list[Row]:
    """Rows of default configurations; studies that trained the same share one.

    One seed of several, for which there was time, makes no row: nothing could be told
    apart from it, and it might be the first one.
    """
    rows: dict[str, Row] = {}
    for results in ranked:
        own, defaults = len(results.finals), len(results.default_finals)
        if defaults and defaults >= min(2, own):
            rows.setdefault(
                default_spec(results.study.comparable_spec).to_json(),
                default_row(results),
            )
    return list(rows.values())


def default_spec(spec: StudySpec) -> StudySpec:
    """What the training of the default configuration depends on, the rest alike."""
    return replace(
        spec,
        tuner="random" if spec.folds is None else "sklearn-random",
        schedule=None,
        only=None,
        portfolio=None,
        portfolio_digest="",
        ensemble=0,
        budget=replace(spec.budget, trials=1),
    )


def title_of(study: StudyRecord) -> str:
    """Data set, conditions and FID network, as far as the study has them."""
    conditions = (study.spec.conditions, study.versions.get("fid_network", ""))
    parts = (study.task.title, " by ".join(filter(None, conditions)))
    return ", ".join(filter(None, parts))


def _distinct_title(study: StudyRecord) -> str:
    task = study.task
    shape = "×".join(map(str, task.image_shape))
    return f"{title_of(study)} ({shape}, seed {task.seed}, test split {study.test[:8]})"


def _order(board: Board) -> tuple[str, str, tuple[int, ...], int, str]:
    task, conditions = board.task, board.results[0].study.spec.conditions
    return task.dataset, conditions, task.image_shape, task.seed, board.key
