"""Studies of generators, from the search to the leaderboard."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest
from PIL import Image

from bench import report
from bench.datasets import Task
from bench.datasets.folds import SingleSplit
from bench.errors import StoreError, StudyError, UsageError
from bench.models.generate import generate
from bench.records import (
    GENERATION,
    TASK_TYPES,
    Budget,
    Resources,
    StudySpec,
    TrialState,
)
from bench.store import Store
from bench.study import fid_reference
from bench.study.prepare import prepare
from bench.study.progress import Progress
from bench.study.run import run
from bench.training import hypermodel
from bench.training.compiled.optimizers import optimizer_variables
from bench.training.evaluators import generation
from bench.training.evaluators.evaluator import EvaluatorConfig
from bench.training.inputs import InputCache
from bench.training.request import TrialRequest
from bench.training.timings import StageTimer
from bench.training.trainer import Trainer
from bench.training.trial_runner import image_task

SPEC = StudySpec(
    family="dcgan",
    image_size=(16, 16),
    tuner="random",
    budget=Budget(trials=2, epochs=2),
    seeds=2,
    only=("averaging",),
    fixed=(("width", "16"), ("batch_size", "32")),
)


@pytest.fixture(scope="module")
def results(larger_digits: Task, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results folder of a finished study of generators."""
    folder = tmp_path_factory.mktemp("results")
    with Store(folder) as store:
        run_study(store, SPEC, larger_digits)
        report.write(store)
    return folder


def run_study(store: Store, spec: StudySpec, task: Task) -> None:
    run(prepare(spec, task), store, Progress(), resources=Resources(workers=0))


@pytest.mark.slow
def test_board_ranks_real_images_ahead_of_generated_ones_and_of_noise(
    results: Path,
) -> None:
    text = (results / "leaderboard.csv").read_text()
    rows = {row["family"]: row for row in csv.DictReader(io.StringIO(text))}
    assert {row["task"] for row in rows.values()} == {"generation"}
    generator, real, noise = rows["dcgan"], rows["real_images"], rows["noise"]
    for name in ("fid", "kid", "fid_training"):
        assert float(real[name]) < float(generator[name]), name
        assert float(real[name]) < float(noise[name]), name
    assert float(real["kid"]) == pytest.approx(0, abs=0.05)
    assert (
        float(generator["kid_low"])
        <= float(generator["kid"])
        <= float(generator["kid_high"])
    )
    assert generator["fid_low"] == generator["psnr"] == generator["test_accuracy"] == ""
    assert float(generator["kid_deviation"]) > 0
    # Test images, not training images, are compared with the training images.
    assert float(real["fid_training"]) > 0.05 * float(real["fid"])
    for row in rows.values():
        assert row["fid_features"].startswith("84 features of lenet, trained on the")
        assert "over 216 images" in row["fid_features"]
    markdown = (results / "leaderboard.md").read_text()
    assert "Test KID by lenet" in markdown
    assert "84 features of lenet" in markdown
    assert "KID SD over subsets" in markdown
    assert "FID to training images" in markdown
    assert "in FID to training images, 216 test images" in markdown
    for plot in ("samples", "progress", "neighbours", "learning"):
        assert list((results / "plots").glob(f"dcgan-digits-*-{plot}.png")), plot


@pytest.mark.slow
def test_all_generators_of_a_board_are_compared_by_the_same_features(
    results: Path, larger_digits: Task
) -> None:
    [network] = (results / "cache" / "fid").glob("*.keras")
    before = network.read_bytes()
    with Store(results) as store:
        run_study(
            store,
            replace(SPEC, seeds=1, budget=Budget(trials=1, epochs=1)),
            larger_digits,
        )
        [board] = report.boards(store)
    assert network.read_bytes() == before
    assert len([row for row in board.rows if not row.is_reference]) == 2


@pytest.mark.slow
def test_study_is_not_continued_with_other_features(
    results: Path, larger_digits: Task
) -> None:
    with Store(results) as store:
        record = store.study(prepare(SPEC, larger_digits).id)
        network = record.versions["fid_network"]
        versions = {"fid_network": network, "fid_features": "others"}
        with pytest.raises(StoreError, match="--fresh"):
            fid_reference.check_same(record, versions)


@pytest.mark.slow
def test_real_and_generated_images_are_written(results: Path, tmp_path: Path) -> None:
    with Store(results, read_only=True) as store:
        name = store.studies()[0].id[:6]
    options: dict[str, Any] = {"results": results, "data": None, "count": 12}
    for to in ("one", "again"):
        generate(name, to=tmp_path / to, seed=3, with_real=True, **options)
    generate(name, to=tmp_path / "other", seed=4, with_real=False, **options)
    kinds = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert kinds == ["generated", "real"]
    for kind in kinds:
        files = sorted((tmp_path / "one" / kind).glob("*.png"))
        assert [file.name for file in files] == [f"{n:02}.png" for n in range(12)]
        for file in files:
            assert np.asarray(Image.open(file)).shape == (16, 16)
            again = tmp_path / "again" / kind / file.name
            assert again.read_bytes() == file.read_bytes()
    other = tmp_path / "other" / "00.png"
    assert (
        other.read_bytes() != (tmp_path / "one" / "generated" / "00.png").read_bytes()
    )
    with pytest.raises(UsageError, match="empty"):
        generate(name, to=tmp_path / "one", seed=3, with_real=True, **options)
    with pytest.raises(UsageError, match="216"):
        generate(
            name, to=tmp_path / "x", seed=3, with_real=True, **options | {"count": 300}
        )
    with pytest.raises(UsageError, match="dcgan on digits"):
        generate("zz", to=tmp_path / "x", seed=3, with_real=True, **options)
    assert not (tmp_path / "x").exists()


@pytest.mark.slow
def test_promoted_generator_equals_an_uninterrupted_one(
    results: Path, larger_digits: Task, tmp_path: Path
) -> None:
    [network] = (results / "cache" / "fid").glob("*.keras")
    source = hypermodel.load("dcgan", image_task(larger_digits))
    hp = keras_tuner.HyperParameters()
    source.hypermodel.declare_hyperparameters(hp)
    values = hp.values | {"width": 16, "differentiable_augmentation": True}

    def trained(epochs: int, **request: Any) -> keras.Model:
        config = EvaluatorConfig(task_type=TASK_TYPES[GENERATION], features=network)
        trial = TrialRequest(
            hyperparameters=values,
            seed=1,
            epochs=epochs,
            full_epochs=2,
            patience=9,
            **request,
        )
        inputs = InputCache(larger_digits, config, SingleSplit(larger_digits))
        trainer = Trainer(source=source, inputs=inputs)
        return trainer.train(trial, lambda epoch: True, StageTimer()).compiled.model

    uninterrupted = trained(2)
    trained(1, checkpoint=tmp_path / "0.npz")
    promoted = trained(2, parent=tmp_path / "0.npz")
    expected = [*uninterrupted.weights, *optimizer_variables(uninterrupted)]
    variables = [*promoted.weights, *optimizer_variables(promoted)]
    for variable, other in zip(variables, expected, strict=True):
        np.testing.assert_array_equal(np.asarray(variable), np.asarray(other))


@pytest.mark.slow
def test_generators_are_searched_and_promoted_by_workers(
    larger_digits: Task, tmp_path: Path
) -> None:
    spec = replace(SPEC, tuner="hyperband", budget=Budget(trials=3, epochs=4), seeds=1)
    with Store(tmp_path) as store:
        prepared = prepare(spec, larger_digits)
        run(prepared, store, Progress(), resources=Resources(workers=2))
        trials = store.trials(prepared.id)
    assert {trial.state for trial in trials} == {TrialState.FINISHED}
    assert any(trial.proposal.parent is not None for trial in trials)


@pytest.mark.slow
def test_epochs_before_a_collapse_are_kept(
    larger_digits: Task, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(generation, "GRACE_STEPS", 60)  # steps; an epoch has 42
    monkeypatch.setattr(generation, "MIN_SPREAD", 1e9)  # whatever is generated
    with Store(tmp_path) as store:
        run_study(
            store,
            replace(SPEC, seeds=1, budget=Budget(trials=1, epochs=3)),
            larger_digits,
        )
        [record] = store.studies()
        [trial], [final] = store.trials(record.id), store.finals(record.id)
    assert trial.result.error is None
    assert trial.result.epochs == final.epochs == 1


@pytest.mark.slow
def test_collapse_from_the_start_is_a_failed_trial(
    larger_digits: Task, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(generation, "GRACE_STEPS", 1)
    monkeypatch.setattr(generation, "MIN_SPREAD", 1e9)
    with Store(tmp_path) as store:
        with pytest.raises(StudyError, match="collapsed to one image"):
            run_study(store, SPEC, larger_digits)
        [record] = store.studies()
        failed = store.trials(record.id)
    assert {trial.result.error.split(":")[0] for trial in failed} == {"CollapsedError"}
