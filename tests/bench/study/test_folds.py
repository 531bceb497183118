"""Studies that scikit-learn leads, fold by fold."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import report
from bench.datasets import Task
from bench.datasets.folds import pooled
from bench.errors import DatasetError, SpaceError, UsageError
from bench.records import StudySpec, StudyState, TrialState
from bench.store import Store
from bench.study import cv_results
from bench.study import run as study
from bench.study.prepare import Crew, plan
from bench.study.specs import specs

pytestmark = pytest.mark.usefixtures("keras_started")


def spec(tuner: str = "sklearn-grid", **options: Any) -> StudySpec:
    asked: dict[str, Any] = {
        "tuner": tuner,
        "only": ["dropout,kernel_initializer"],
        "fix": ["units=64", "batch_size=32", "schedule=constant"],
        "epochs": 2,
        "seeds": 1,
    }
    (made,) = specs(["dense"], **(asked | options))
    return made


@pytest.fixture
def run(small_task: Task, tmp_path: Path, watch: Any) -> Callable[..., Any]:
    def run(
        spec: StudySpec, seen: Any = None, folder: str = "results", workers: int = 0
    ) -> Any:
        planned = plan(spec, small_task)
        with Store(tmp_path / folder) as store:
            study.run(planned, store, seen or watch(), crew=Crew(workers=workers))
            table = cv_results.write(planned, store)
            (record,) = store.studies()
            return planned, record, store.trials(record.id), table

    return run


def read(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def scores(table: Path) -> list[tuple[str, ...]]:
    """What two searches must share: all of a table but its times."""
    rows = read(table)
    return [tuple(v for k, v in row.items() if "time" not in k) for row in rows]


def test_search_by_folds_equals_grid_search_over_the_classifier(
    run: Callable, small_task: Task
) -> None:
    from sklearn.model_selection import GridSearchCV

    from bench.searchers import param_grid as layout
    from bench.searchers.sklearn import classifier
    from bench.study.search import _trial_seed

    asked = spec(only=["batch_normalization"])
    planned, _, trials, table = run(asked)
    search = GridSearchCV(
        classifier(
            "dense",
            small_task,
            epochs=2,
            random_state=_trial_seed(0, 0),
            units=64,
            batch_size=32,
            schedule="constant",
        ),
        layout.grids(planned.space),
        cv=planned.folds.splitter,
        refit=False,
    )
    pool = pooled(small_task).train
    search.fit(pool.images, pool.labels)
    assert len(trials) == 3 * len(search.cv_results_["params"])
    ours = [float(row["mean_test_score"]) for row in read(table)]
    assert np.allclose(ours, search.cv_results_["mean_test_score"])
    splits = [float(row["split1_test_score"]) for row in read(table)]
    assert np.allclose(splits, search.cv_results_["split1_test_score"])


def test_row_has_the_mean_and_the_deviation_of_the_best_candidate(
    run: Callable, tmp_path: Path
) -> None:
    _, record, trials, table = run(spec(only=["batch_normalization"]))
    best = max(read(table), key=lambda row: float(row["mean_test_score"]))
    with Store(tmp_path / "results") as store:
        report.write(store)
    (row,) = (
        r for r in read(tmp_path / "results/leaderboard.csv") if r["family"] == "dense"
    )
    assert row["folds"] == "3"
    assert float(row["validation_accuracy"]) == pytest.approx(
        float(best["mean_test_score"])
    )
    assert float(row["validation_deviation"]) == pytest.approx(
        float(best["std_test_score"])
    )
    assert int(row["trials_finished"]) == len(trials) == 3 * record.spec.budget.trials
    board = (tmp_path / "results/leaderboard.md").read_text()
    assert ", 3-fold |" in board


def test_interrupted_search_goes_on_to_the_same_table(
    run: Callable, watch: Any, tmp_path: Path
) -> None:
    asked = spec("sklearn-halving", only=["kernel_initializer"], epochs=3)
    whole = run(asked, folder="whole")
    with pytest.raises(KeyboardInterrupt):
        run(asked, watch("trial 13 ended"))
    seen = watch()
    _, record, trials, table = run(asked, seen)
    assert record.state is StudyState.FINISHED
    assert seen.count("trial", "started") == len(trials) - 14
    assert scores(table) == scores(whole[3])


def test_table_is_written_again_from_the_store(run: Callable, watch: Any) -> None:
    asked = spec(only=["batch_normalization"])
    table = run(asked)[3]
    before = table.read_text()
    table.unlink()
    seen = watch()
    assert run(asked, seen)[3].read_text() == before
    assert seen.events == ["already finished"]


def test_number_of_workers_changes_no_score(run: Callable) -> None:
    asked = spec(only=["batch_normalization"])
    tables = [
        scores(run(asked, folder=f"with-{workers}", workers=workers)[3])
        for workers in (1, 2)
    ]
    assert tables[0] == tables[1]


def test_fold_is_looked_at_after_the_last_epoch_alone(
    run: Callable, tmp_path: Path
) -> None:
    _, record, _, _ = run(spec(only=["batch_normalization"], epochs=3))
    with Store(tmp_path / "results") as store:
        first, second, last = store.epochs(record.id, "trial", 0)
    assert "validation_accuracy" not in first.metrics | second.metrics
    assert "validation_accuracy" in last.metrics


def test_failed_fold_leaves_its_candidate_out(
    run: Callable, write_family: Callable[[str], str]
) -> None:
    family = write_family('if units == 5: raise ValueError("five is too few")')
    asked = replace(
        spec(only=["units"], fix=["optimizer=adam"], epochs=1), family=family
    )
    _, record, trials, table = run(asked)
    assert record.state is StudyState.FINISHED
    failed = [t for t in trials if t.state is TrialState.FAILED]
    assert {t.proposal.hyperparameters["units"] for t in failed} == {5}
    (row,) = (r for r in read(table) if r["param_units"] == "5")
    assert row["mean_test_score"] == ""


def test_spec_says_how_many_candidates_the_grid_has(small_task: Task) -> None:
    planned = plan(spec(), small_task)
    size = planned.spec.budget.trials
    assert size == 7 * 4
    again = plan(spec(trials=size), small_task)
    assert again.id == planned.id


def test_too_large_a_grid_is_refused_before_anything_is_trained(
    small_task: Task,
) -> None:
    with pytest.raises(SpaceError, match=r"at most 200 .* has [\d,]+: .*--trials"):
        plan(spec(only=None, fix=[]), small_task)


def test_more_folds_than_a_class_has_images_are_refused(small_task: Task) -> None:
    with pytest.raises(DatasetError, match="each of 60 folds needs an image of every"):
        plan(spec(folds=60), small_task)


def test_folds_are_refused_where_they_would_do_nothing() -> None:
    with pytest.raises(UsageError, match=r"--folds goes with .*sklearn-grid"):
        spec("random", folds=3)
    with pytest.raises(UsageError, match="--folds must be 2 or more, not 1"):
        spec(folds=1)
    with pytest.raises(UsageError, match="--schedule goes with"):
        spec(schedule="asha")
