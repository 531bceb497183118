"""Boards: what the store says, ranked, one board for each test split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from bench.candidates import DEVIATION, best_trial, candidates, finite
from bench.errors import UsageError, unknown
from bench.records import (
    FinalRecord,
    ReferenceRecord,
    StudyRecord,
    StudyState,
    TaskRecord,
    TrialRecord,
    TrialResult,
    TrialState,
)
from bench.report.cells import budget_text
from bench.report.comparison import Comparison, Variant, comparisons
from bench.report.ranking import Row, interval, rank
from bench.store import Store


@dataclass(frozen=True, kw_only=True)
class StudyResults:
    """A study with its trials and final trainings."""

    study: StudyRecord
    trials: tuple[TrialRecord, ...]
    finals: tuple[FinalRecord, ...]

    @property
    def compared(self) -> list[TrialRecord]:
        """Trials as the search compares them; failed ones too."""
        folds = self.study.spec.folds
        failed = [trial for trial in self.trials if trial.state is TrialState.FAILED]
        return candidates(self.trials, folds) + ([] if folds is None else failed)

    @property
    def best(self) -> TrialRecord | None:
        """That the search found; with folds, the first of the best candidate's."""
        return best_trial(self.trials, self.study.spec.folds)

    @property
    def is_ranked(self) -> bool:
        return bool(self.finals)

    @property
    def is_unfinished(self) -> bool:
        """Whether the search's command would have something left to do."""
        return self.study.state is not StudyState.FINISHED or not self.finals

    def count(self, state: TrialState) -> int:
        return sum(trial.state is state for trial in self.trials)


@dataclass(frozen=True, kw_only=True)
class Board:
    """The leaderboard of one test split.

    Attributes:
        title: Unlike that of every other board of the store.
        task: That of the oldest study; the others share its test split, but may
            divide the remaining images differently.
        rows: Ranked, references included.
        results: All studies on this split, the oldest first.
        comparisons: Of studies that differ in one held hyperparameter alone.
    """

    title: str
    task: TaskRecord
    rows: tuple[Row, ...]
    results: tuple[StudyResults, ...]
    comparisons: tuple[Comparison, ...] = ()

    @property
    def unfinished(self) -> list[StudyResults]:
        return [results for results in self.results if results.is_unfinished]


def boards(store: Store, dataset: str | None = None) -> list[Board]:
    """The boards of a store, by data set; with ``dataset`` only those of that one.

    Models that were tested on different images aren't ranked together: each test
    split of a data set has its own board.

    Raises:
        UsageError: No study in the store is on ``dataset``.
    """
    groups: dict[tuple[str, str], list[StudyResults]] = {}
    for results in study_results(store):
        task = results.study.task
        groups.setdefault((task.dataset, task.test_fingerprint), []).append(results)
    splits = Counter(name for name, _ in groups)
    _check_known(dataset, splits)
    made = [
        _board(store, group, only=splits[name] == 1)
        for (name, _), group in groups.items()
        if dataset in (None, name)
    ]
    return sorted(made, key=_order)


def study_results(store: Store) -> list[StudyResults]:
    """All studies with their trials and final trainings, the oldest first."""
    return [
        StudyResults(
            study=study,
            trials=tuple(store.trials(study.id)),
            finals=tuple(store.finals(study.id)),
        )
        for study in store.studies()
    ]


def _check_known(dataset: str | None, known: Iterable[str]) -> None:
    names = sorted(known)
    if dataset is not None and dataset not in names:
        listing = "in the store: " + (", ".join(names) or "no study yet")
        raise UsageError(unknown("data set", dataset, names, listing))


def _board(store: Store, results: Sequence[StudyResults], *, only: bool) -> Board:
    task = results[0].study.task
    rows = [_study_row(one) for one in results if one.is_ranked]
    rows += [_reference_row(task, r) for r in store.references(task.test_fingerprint)]
    return Board(
        title=task.dataset if only else _distinct_title(task),
        task=task,
        rows=tuple(rank(rows)),
        results=tuple(results),
        comparisons=tuple(
            comparisons(
                [
                    Variant(spec=one.study.spec, finals=one.finals)
                    for one in results
                    if one.is_ranked
                ]
            )
        ),
    )


def _distinct_title(task: TaskRecord) -> str:
    shape = "×".join(map(str, task.image_shape))
    split = task.test_fingerprint[:8]
    return f"{task.dataset} ({shape}, seed {task.seed}, test split {split})"


def _order(board: Board) -> tuple[str, tuple[int, ...], int, str]:
    task = board.task
    return task.dataset, task.image_shape, task.seed, task.test_fingerprint


def _study_row(results: StudyResults) -> Row:
    spec, finals = results.study.spec, results.finals
    accuracy = interval([final.metrics["test_accuracy"] for final in finals])
    best = results.best
    done = [trial.result for trial in results.trials if trial.result is not None]
    return Row(
        dataset=results.study.task.dataset,
        family=spec.family,
        tuner=spec.searcher,
        test_accuracy=accuracy.mean,
        test_accuracy_low=accuracy.low,
        test_accuracy_high=accuracy.high,
        validation_accuracy=_metric(best, "validation_accuracy"),
        validation_deviation=_metric(best, DEVIATION),
        folds=spec.folds,
        test_log_loss=_mean(final.metrics.get("test_log_loss") for final in finals),
        parameters=finals[0].parameters,
        train_seconds=_mean(final.seconds for final in finals),
        latency_ms_1=_mean(final.latency_ms_1 for final in finals),
        latency_ms_64=_mean(final.latency_ms_64 for final in finals),
        trials_finished=results.count(TrialState.FINISHED),
        trials_failed=results.count(TrialState.FAILED),
        search_core_seconds=sum(result.core_seconds for result in done),
        search_training_seconds=training_seconds(done),
        seeds=len(finals),
        budget=budget_text(spec),
        seed=spec.seed,
        hyperparameters={} if best is None else best.proposal.hyperparameters,
        held=dict(spec.fixed),
        study=results.study.id,
        note=_note(results),
    )


def _reference_row(task: TaskRecord, reference: ReferenceRecord) -> Row:
    metrics = reference.metrics
    return Row(
        dataset=task.dataset,
        family=reference.name,
        test_accuracy=metrics["test_accuracy"],
        validation_accuracy=finite(metrics.get("validation_accuracy")),
        test_log_loss=finite(metrics.get("test_log_loss")),
        parameters=reference.parameters,
        train_seconds=reference.seconds,
        note=reference.note,
        is_reference=True,
    )


def training_seconds(results: Sequence[TrialResult]) -> float | None:
    """Seconds that trials spent in training and validation, None if not all know."""
    if not all(result.stage_seconds for result in results):
        return None
    return sum(
        result.stage_seconds[stage]
        for result in results
        for stage in ("training", "validation")
    )


def _note(results: StudyResults) -> str:
    done, wanted = len(results.finals), results.study.spec.seeds
    notes = []
    if done < wanted:
        notes.append(f"{done} of {wanted} seeds so far")
    if (images := results.study.spec.images) is not None:
        notes.append(f"searched and trained on {images:,} images")
    return "; ".join(notes)


def _metric(trial: TrialRecord | None, name: str) -> float | None:
    if trial is None or trial.result is None:
        return None
    return finite(trial.result.metrics.get(name))


def _mean(values: Iterable[float | None]) -> float | None:
    known = list(values)
    present = [value for value in known if value is not None]
    # A mean over some of the seeds would flatter those that went astray.
    return finite(fmean(present)) if present and len(present) == len(known) else None
