"""Boards: what the store says, ranked, one board for each test split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from bench.errors import UsageError, unknown
from bench.records import (
    FinalRecord,
    Goal,
    ReferenceRecord,
    StudyRecord,
    StudyState,
    TaskRecord,
    TrialRecord,
    TrialResult,
    TrialState,
)
from bench.records.selection import DEVIATION, best_trial, candidates, finite
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
        spec = self.study.spec
        failed = [trial for trial in self.trials if trial.state is TrialState.FAILED]
        return candidates(self.trials, spec) + ([] if spec.folds is None else failed)

    @property
    def best(self) -> TrialRecord | None:
        """That the search found; with folds, the first of the best candidate's."""
        return best_trial(self.trials, self.study.spec)

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
    """The leaderboard of one test split and goal.

    Attributes:
        title: Unlike that of every other board of the store.
        key: Unlike that of every other board; of the test's images and conditions.
        goal: Of all its rows.
        task: That of the oldest study; the others share its test split, but may
            divide the remaining images differently.
        rows: Ranked, references included.
        results: All studies on this split, the oldest first.
        comparisons: Of studies that differ in one held hyperparameter alone.
    """

    title: str
    key: str
    goal: Goal
    task: TaskRecord
    rows: tuple[Row, ...]
    results: tuple[StudyResults, ...]
    comparisons: tuple[Comparison, ...] = ()

    @property
    def unfinished(self) -> list[StudyResults]:
        return [results for results in self.results if results.is_unfinished]


def boards(store: Store, dataset: str | None = None) -> list[Board]:
    """The boards of a store, by data set; with ``dataset`` only those of that one.

    Models that were tested on different images, or by different metrics, aren't
    ranked together: each test split of a data set has its own board for each goal.

    Raises:
        UsageError: No study in the store is on ``dataset``.
    """
    groups: dict[str, list[StudyResults]] = {}
    for results in study_results(store):
        groups.setdefault(results.study.test, []).append(results)
    _check_known(dataset, {group[0].study.task.dataset for group in groups.values()})
    titles = Counter(_title(group[0].study) for group in groups.values())
    made = [
        _board(store, group, only=titles[_title(group[0].study)] == 1)
        for group in groups.values()
        if dataset in (None, group[0].study.task.dataset)
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
    study = results[0].study
    rows = [_study_row(one) for one in results if one.is_ranked]
    rows += [_reference_row(study, r) for r in store.references(study.test)]
    return Board(
        title=_title(study) if only else _distinct_title(study),
        key=study.test,
        goal=_goal(study),
        task=study.task,
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


def _goal(study: StudyRecord) -> Goal:
    """What ranks a board; its label says by which network's features, where by any."""
    goal, network = study.spec.aim, study.versions.get("fid_network")
    if network is None:
        return goal
    label = f"{goal.ranked_by.label} by {network}"
    return replace(goal, ranked_by=replace(goal.ranked_by, label=label))


def _title(study: StudyRecord) -> str:
    told = study.spec.conditions, study.versions.get("fid_network", "")
    return ", ".join(
        filter(None, (study.task.dataset, " by ".join(filter(None, told))))
    )


def _distinct_title(study: StudyRecord) -> str:
    task = study.task
    shape = "×".join(map(str, task.image_shape))
    return f"{_title(study)} ({shape}, seed {task.seed}, test split {study.test[:8]})"


def _order(board: Board) -> tuple[str, str, tuple[int, ...], int, str]:
    task, conditions = board.task, board.results[0].study.spec.conditions
    return task.dataset, conditions, task.image_shape, task.seed, board.key


def _study_row(results: StudyResults) -> Row:
    spec, finals = results.study.spec, results.finals
    goal, best = _goal(results.study), results.best
    scores = interval([final.metrics[goal.tested] for final in finals], goal.ranked_by)
    done = [trial.result for trial in results.trials if trial.result is not None]
    return Row(
        dataset=results.study.task.dataset,
        family=spec.family,
        tuner=spec.searcher,
        goal=goal,
        metrics=_test_metrics(finals) | {goal.ranked_by.name: scores.mean},
        low=scores.low,
        high=scores.high,
        validation=_metric(best, goal.validated),
        validation_deviation=_metric(best, DEVIATION),
        folds=spec.folds,
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
        fid_features=results.study.versions.get("fid_features", ""),
        hyperparameters={} if best is None else best.proposal.hyperparameters,
        held=dict(spec.fixed),
        study=results.study.id,
        note=_note(results),
    )


def _reference_row(study: StudyRecord, reference: ReferenceRecord) -> Row:
    goal = _goal(study)
    return Row(
        fid_features=study.versions.get("fid_features", ""),
        dataset=study.task.dataset,
        family=reference.name,
        goal=goal,
        metrics={
            name: value if name == goal.ranked_by.name else finite(value)
            for name, value in _of_test(reference.metrics).items()
        },
        validation=finite(reference.metrics.get(goal.validated)),
        parameters=reference.parameters,
        train_seconds=reference.seconds,
        note=reference.note,
        is_reference=True,
    )


def _test_metrics(finals: Sequence[FinalRecord]) -> dict[str, float | None]:
    """Means over seeds; None where a seed has none, or none that is a number."""
    each = [_of_test(final.metrics) for final in finals]
    names = dict.fromkeys(name for metrics in each for name in metrics)
    return {name: _mean(metrics.get(name) for metrics in each) for name in names}


def _of_test(metrics: Mapping[str, float]) -> dict[str, float]:
    """Those of the test split, by their own names."""
    prefix = "test_"
    return {
        name.removeprefix(prefix): value
        for name, value in metrics.items()
        if name.startswith(prefix)
    }


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
