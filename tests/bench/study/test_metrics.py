"""The metric of a study selects, ranks and names its board."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import report
from bench.datasets import Task
from bench.errors import UsageError
from bench.metrics import score
from bench.records import RANKING_METRICS, Budget, Resources, Role, StudySpec
from bench.report.plots import learning_plot
from bench.store import Store
from bench.study.requests import request

pytestmark = pytest.mark.usefixtures("keras_started")

BALANCED = "classification by balanced accuracy"


def linear(metric: str | None = None, **options: Any) -> StudySpec:
    given = {} if metric is None else {"metric": metric}
    return StudySpec(
        family="linear",
        tuner="random",
        budget=Budget(trials=2, epochs=2),
        seeds=2,
        skip_default=True,
        options=given,
        **options,
    )


@pytest.fixture(scope="module")
def imbalanced(small_task: Task) -> Task:
    """The small task with a tenth of the training images of all classes but one."""
    labels = small_task.train.labels
    kept = (labels == 0) | (np.arange(len(labels)) % 10 == 0)
    train = small_task.train.part(np.flatnonzero(kept))
    return replace(small_task, train=train)


def test_imbalanced_classes_are_ranked_by_balanced_accuracy(
    prepare: Callable[..., Any], imbalanced: Task
) -> None:
    prepared = prepare(linear(), imbalanced)
    assert prepared.spec.task_type_name == BALANCED
    assert any("balanced accuracy selects and ranks" in note for note in prepared.notes)
    assert "class_weights" in {entry.name for entry in prepared.problem.space.space}
    chosen = prepare(linear("accuracy"), imbalanced)
    assert chosen.spec.task_type_name == "classification"
    assert not chosen.notes


def test_balanced_classes_are_ranked_by_accuracy(prepare: Callable[..., Any]) -> None:
    prepared = prepare(linear())
    assert prepared.spec.task_type_name == "classification"
    assert not prepared.notes
    names = {entry.name for entry in prepared.problem.space.space}
    assert "class_weights" not in names


def test_default_metric_is_the_same_study_when_it_is_named(
    prepare: Callable[..., Any], imbalanced: Task
) -> None:
    assert prepare(linear("accuracy")).id == prepare(linear()).id
    named = prepare(linear("balanced_accuracy"), imbalanced)
    assert named.id == prepare(linear(), imbalanced).id
    assert prepare(linear("roc_auc")).id != prepare(linear()).id


@pytest.mark.parametrize("name", ["macro_f1", "roc_auc", "log_loss"])
def test_metric_selects_and_ranks(
    run_study: Callable[..., Any], tmp_path: Path, dataset: str, name: str
) -> None:
    run_study(linear(name, dataset=dataset), tmp_path)
    metric = RANKING_METRICS[name]
    with Store(tmp_path, read_only=True) as store:
        (study,), (board,) = store.studies(), report.boards(store)
        assert f"by {metric.label}" in board.title
        trials = [
            t.result.metrics[f"validation_{name}"] for t in store.trials(study.id)
        ]
        best = board.results[0].best
        better = max if metric.higher_is_better else min
        assert best.result.metrics[f"validation_{name}"] == better(trials)
        row = next(row for row in board.rows if row.study == study.id)
        outputs = [store.outputs(study.id, seed) for seed in (0, 1)]
        of_seeds = [score(metric, o["probabilities"], o["labels"]) for o in outputs]
        assert row.score == pytest.approx(np.mean(of_seeds), abs=2e-3)
        assert row.low < row.score < row.high
        assert row.of_images > 0
        assert all(each.of_images is not None for each in board.rows)  # references too
        validated = outputs[0]["validation_probabilities"]
        assert validated.shape == (study.task.validation, 3)


def test_plots_show_the_metric(
    run_study: Callable[..., Any], tmp_path: Path, dataset: str
) -> None:
    run_study(linear("macro_f1", dataset=dataset), tmp_path)
    with Store(tmp_path, read_only=True) as store:
        (board,) = report.boards(store)
        plot = learning_plot("learning.png", store, board.results[0])
        labels = [axes.get_ylabel() for axes in plot.draw().axes]
    assert labels == ["Macro F1", "Accuracy", "Loss"]


def test_scikit_learn_selects_by_the_metric_on_folds(
    prepare: Callable[..., Any], tmp_path: Path, make_progress: Callable[..., Any]
) -> None:
    from bench.study.run import run

    given = {
        "tuner": "sklearn-random",
        "metric": "log_loss",
        "trials": 3,
        "epochs": 2,
        "seeds": 1,
        "skip_default": True,
    }
    (spec,) = request(["linear"], given).specs
    prepared = prepare(spec)
    with Store(tmp_path) as store:
        run(prepared, store, make_progress(), resources=Resources(workers=0))
        (results,) = report.boards(store)[0].results
        assert "validation_probabilities" not in store.outputs(prepared.id, 0)
    table = prepared.searcher.cv_results()
    losses = -np.array(table["mean_test_score"])
    found = [t.result.metrics["validation_log_loss"] for t in results.compared]
    np.testing.assert_allclose(sorted(losses), sorted(found))
    assert results.best.result.metrics["validation_log_loss"] == min(found)


def test_unknown_metric_is_refused() -> None:
    with pytest.raises(UsageError, match="did you mean 'accuracy'"):
        request(["linear"], {"metric": "acuracy"})


def test_every_role_of_a_training_has_all_metrics(
    run_study: Callable[..., Any], tmp_path: Path, dataset: str
) -> None:
    run_study(replace(linear(dataset=dataset), skip_default=False), tmp_path)
    with Store(tmp_path, read_only=True) as store:
        (study,) = store.studies()
        for role in (Role.FINAL, Role.DEFAULT):
            for final in store.finals(study.id, role):
                measured = {"balanced_accuracy", "macro_f1", "roc_auc", "brier", "ece"}
                measured |= {"ece_scaled", "temperature"}
                assert {f"test_{name}" for name in measured} <= final.metrics.keys()
