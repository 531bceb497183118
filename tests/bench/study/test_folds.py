"""Studies that scikit-learn leads, fold by fold."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

from bench import report
from bench.datasets import Task
from bench.datasets.folds import pooled
from bench.errors import DatasetError, SpaceError, UsageError
from bench.records import (
    Resources,
    Role,
    StudyRecord,
    StudySpec,
    StudyState,
    TrialRecord,
    TrialState,
)
from bench.store import Store
from bench.study.requests import request

pytestmark = pytest.mark.usefixtures("keras_started")


def make_spec(tuner: str = "sklearn-grid", **options: Any) -> StudySpec:
    defaults: dict[str, Any] = {
        "tuner": tuner,
        "only": ["dropout,kernel_initializer"],
        "fix": ["units=64", "batch_size=32", "schedule=constant"],
        "epochs": 2,
        "seeds": 1,
    }
    (spec,) = request(["dense"], defaults | options).specs
    return spec


class Ended(NamedTuple):
    """A study that ended, and scikit-learn's table of it."""

    progress: Any
    prepared: Any
    record: StudyRecord
    trials: list[TrialRecord]
    table: Path


@pytest.fixture
def run(
    small_task: Task, make_progress: Callable[..., Any], tmp_path: Path
) -> Callable[..., Ended]:
    """Runs a study and writes its table, as a search does."""
    from bench.study import cv_results
    from bench.study.prepare import prepare
    from bench.study.run import run as run_prepared

    def run(
        spec: StudySpec,
        interrupt: str | None = None,
        *,
        folder: str = "results",
        workers: int = 0,
    ) -> Ended:
        prepared, progress = prepare(spec, small_task), make_progress(interrupt)
        resources = Resources(workers=workers)
        with Store(tmp_path / folder) as store:
            run_prepared(prepared, store, progress, resources=resources)
            table = cv_results.write(prepared, store)
            assert table is not None
            (record,) = store.studies()
            return Ended(progress, prepared, record, store.trials(record.id), table)

    return run


def read(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def scores(table: Path) -> list[tuple[str, ...]]:
    """All of a table but its times, which two equal searches share."""
    rows = read(table)
    return [tuple(v for k, v in row.items() if "time" not in k) for row in rows]


@pytest.mark.slow
def test_search_by_folds_equals_grid_search_over_the_classifier(
    run: Callable, small_task: Task
) -> None:
    from sklearn.model_selection import GridSearchCV

    from bench.searchers import param_grid
    from bench.searchers.estimator import classifier

    ended = run(make_spec(only=["batch_normalization"]))
    problem = ended.prepared.problem
    search = GridSearchCV(
        classifier(
            "dense",
            small_task,
            epochs=2,
            random_state=ended.trials[0].seed,
            units=64,
            batch_size=32,
            schedule="constant",
        ),
        param_grid.grids(problem.space),
        cv=problem.folds.splitter,
        refit=False,
    )
    pool = pooled(small_task).train
    search.fit(pool.images, pool.labels)
    assert len(ended.trials) == 3 * len(search.cv_results_["params"])
    assert len({trial.seed for trial in ended.trials}) == 1
    means = [float(row["mean_test_score"]) for row in read(ended.table)]
    assert np.allclose(means, search.cv_results_["mean_test_score"])
    splits = [float(row["split1_test_score"]) for row in read(ended.table)]
    assert np.allclose(splits, search.cv_results_["split1_test_score"])


def test_table_of_scikit_learn_holds_no_formula(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from bench.searchers.sklearn import CrossValidation
    from bench.study import cv_results

    table = {
        "param_=x": np.array(["=1+1", "a\n\x1bb"], object),
        "=y": [-0.5, 1.5],
        "params": [{"=x": "=1+1"}, {"=x": "a"}],
    }
    monkeypatch.setattr(CrossValidation, "is_fresh", False)
    monkeypatch.setattr(CrossValidation, "cv_results", lambda self: table)
    prepared: Any = SimpleNamespace(
        folds=2, searcher=object.__new__(CrossValidation), spec=make_spec(), id="0" * 16
    )
    store: Any = SimpleNamespace(folder=tmp_path)
    path = cv_results.write(prepared, store)
    assert path is not None
    assert read(path) == [
        {"param_=x": "'=1+1", "'=y": "-0.5", "params": "{'=x': '=1+1'}"},
        {"param_=x": r"a \x1bb", "'=y": "1.5", "params": "{'=x': 'a'}"},
    ]


def test_row_has_the_mean_and_the_deviation_of_the_best_candidate(
    run: Callable, tmp_path: Path
) -> None:
    ended = run(make_spec(only=["batch_normalization"]))
    best = max(read(ended.table), key=lambda row: float(row["mean_test_score"]))
    with Store(tmp_path / "results") as store:
        report.write(store)
    rows = read(tmp_path / "results/leaderboard.csv")
    (row,) = (row for row in rows if row["family"] == "dense" and row["folds"])
    assert row["folds"] == "3"
    assert float(row["validation_accuracy"]) == pytest.approx(
        float(best["mean_test_score"])
    )
    assert float(row["validation_deviation"]) == pytest.approx(
        float(best["std_test_score"])
    )
    candidates = ended.record.spec.budget.trials
    assert int(row["trials_finished"]) == len(ended.trials) == 3 * candidates
    board = (tmp_path / "results/leaderboard.md").read_text()
    assert ", 3-fold |" in board


@pytest.mark.slow
def test_interrupted_search_continues_to_the_same_table(run: Callable) -> None:
    spec = make_spec("sklearn-halving", only=["kernel_initializer"], epochs=3)
    undisturbed = run(spec, folder="undisturbed")
    with pytest.raises(KeyboardInterrupt):
        run(spec, "trial 13 ended")
    ended = run(spec)
    assert ended.record.state is StudyState.FINISHED
    assert ended.progress.count("trial", "started") == len(ended.trials) - 14
    assert scores(ended.table) == scores(undisturbed.table)


@pytest.mark.slow
def test_table_is_written_again_from_the_store(run: Callable) -> None:
    spec = make_spec(only=["batch_normalization"])
    table = run(spec).table
    before = table.read_text()
    table.unlink()
    again = run(spec)
    assert again.table.read_text() == before
    assert again.progress.events == ["already finished"]


@pytest.mark.slow
def test_number_of_workers_changes_no_score(run: Callable) -> None:
    spec = make_spec(only=["batch_normalization"], epochs=1)
    tables = [
        scores(run(spec, folder=f"with-{workers}", workers=workers).table)
        for workers in (1, 2)
    ]
    assert tables[0] == tables[1]


def test_fold_is_validated_after_the_last_epoch_only(
    run: Callable, tmp_path: Path
) -> None:
    ended = run(make_spec(only=["batch_normalization"], epochs=3))
    with Store(tmp_path / "results") as store:
        first, second, last = store.epochs(ended.record.id, Role.TRIAL, 0)
    assert "validation_accuracy" not in first.metrics | second.metrics
    assert "validation_accuracy" in last.metrics


def test_best_candidate_is_refitted_on_all_images_for_the_epochs_of_its_folds(
    run: Callable, tmp_path: Path
) -> None:
    ended = run(make_spec(only=["batch_normalization"], epochs=3))
    with Store(tmp_path / "results") as store:
        study = ended.record.id
        for final in store.finals(study) + store.finals(study, Role.DEFAULT):
            assert final.epochs == final.best_epoch == 3
            curve = store.epochs(study, final.role, final.seed)
            assert len(curve) == 3
            for epoch in curve:
                assert not any("validation" in name for name in epoch.metrics)


def test_failed_fold_leaves_its_candidate_out(
    run: Callable, write_family: Callable[[str], str]
) -> None:
    family = write_family(
        'if hp.Choice("width", [4, 5]) == 5: raise ValueError("five is too few")'
    )
    spec = make_spec(only=["width"], fix=["optimizer=adam"], epochs=1)
    ended = run(replace(spec, family=family))
    assert ended.record.state is StudyState.FINISHED
    failed = [t for t in ended.trials if t.state is TrialState.FAILED]
    assert {t.proposal.hyperparameters["width"] for t in failed} == {5}
    (row,) = (row for row in read(ended.table) if row["param_width"] == "5")
    assert row["mean_test_score"] == ""


def test_budget_is_the_number_of_candidates_on_the_grid(
    prepare: Callable[..., Any],
) -> None:
    prepared = prepare(make_spec())
    size = prepared.spec.budget.trials
    assert size == 7 * 4
    assert prepare(make_spec(trials=size)).id == prepared.id


def test_too_large_a_grid_is_refused_before_anything_is_trained(
    prepare: Callable[..., Any],
) -> None:
    with pytest.raises(SpaceError, match=r"at most 200 .* has [\d,]+: .*--trials"):
        prepare(make_spec(only=None, fix=[]))


def test_more_folds_than_a_class_has_images_are_refused(
    prepare: Callable[..., Any],
) -> None:
    with pytest.raises(DatasetError, match="each of 60 folds needs an image of every"):
        prepare(make_spec(folds=60))


def test_folds_are_refused_for_tuners_that_do_not_cross_validate() -> None:
    with pytest.raises(UsageError, match=r"--folds goes with .*sklearn-grid"):
        make_spec("random", folds=3)
    with pytest.raises(UsageError, match="--folds must lie between 2 and 1,000, not 1"):
        make_spec(folds=1)
    with pytest.raises(UsageError, match="--schedule goes with"):
        make_spec(schedule="asha")
