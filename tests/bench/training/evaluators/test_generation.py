"""Generators: how they are judged, and a study of them from end to end."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest
from PIL import Image

from bench import datasets, report
from bench.datasets import Split, Task
from bench.errors import StoreError, StudyError, UsageError
from bench.models.generate import generate
from bench.records import Budget, StudySpec, TrialState
from bench.store import Store
from bench.study import run as study
from bench.study.prepare import Crew, plan
from bench.study.progress import QuietDisplay
from bench.training import hypermodel
from bench.training.compiled.cache import Programs
from bench.training.compiled.optimizers import optimizer_variables
from bench.training.evaluators import generation
from bench.training.evaluators.evaluator import Judging
from bench.training.timings import StageClock
from bench.training.trial import TrialRequest, train
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
def larger_digits() -> Task:
    """Digits of 16x16 pixels."""
    return datasets.load(
        "digits",
        data_folder=None,
        validation_fraction=0.15,
        test_fraction=0.12,
        seed=0,
        image_size=(16, 16),
        skip_unreadable=False,
    )


@pytest.fixture(scope="module")
def results(larger_digits: Task, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a study of generators that is finished."""
    folder = tmp_path_factory.mktemp("results")
    with Store(folder) as store:
        run(store, SPEC, larger_digits)
        report.write(store)
    return folder


def run(store: Store, spec: StudySpec, task: Task) -> None:
    study.run(plan(spec, task), store, QuietDisplay(), crew=Crew(workers=0))


def of_size(task: Task, validation: int, test: int) -> Task:
    """With so many validation and test images, all of them one."""

    def resized(split: Split, count: int) -> Split:
        shape = (count, *task.record.image_shape)
        return Split(
            images=np.broadcast_to(split.images[:1], shape),
            labels=np.zeros(count, int),
        )

    return replace(
        task,
        validation=resized(task.validation, validation),
        test=resized(task.test, test),
    )


def test_board_has_real_images_ahead_of_made_ones_and_of_noise(results: Path) -> None:
    text = (results / "leaderboard.csv").read_text()
    rows = {row["family"]: row for row in csv.DictReader(io.StringIO(text))}
    assert {row["task"] for row in rows.values()} == {"generation"}
    own, real, noise = rows["dcgan"], rows["real_images"], rows["noise"]
    for name in ("fid", "kid"):
        assert float(real[name]) < float(own[name]), name
        assert float(real[name]) < float(noise[name]), name
    assert float(real["kid"]) == pytest.approx(0, abs=0.05)
    assert float(own["kid_low"]) <= float(own["kid"]) <= float(own["kid_high"])
    assert own["fid_low"] == own["psnr"] == own["test_accuracy"] == ""
    assert float(own["kid_deviation"]) > 0
    for row in rows.values():
        assert row["fid_features"].startswith("84 features of lenet, trained on the")
        assert "over 216 images" in row["fid_features"]
    markdown = (results / "leaderboard.md").read_text()
    assert "Test KID by lenet" in markdown
    assert "84 features of lenet" in markdown
    for what in ("samples", "progress", "neighbours", "learning"):
        assert list((results / "plots").glob(f"dcgan-digits-*-{what}.png")), what


def test_every_generator_of_a_test_is_judged_by_the_same_features(
    results: Path, larger_digits: Task
) -> None:
    [network] = (results / "cache" / "fid").glob("*.keras")
    made = network.read_bytes()
    with Store(results) as store:
        run(
            store,
            replace(SPEC, seeds=1, budget=Budget(trials=1, epochs=1)),
            larger_digits,
        )
        [board] = report.boards(store)
    assert network.read_bytes() == made
    assert len([row for row in board.rows if not row.is_reference]) == 2


def test_study_does_not_go_on_by_other_features(
    results: Path, larger_digits: Task
) -> None:
    with Store(results) as store:
        planned = plan(SPEC, larger_digits)
        record = store.study(planned.id)
        told = dict(record.versions) | {"fid_features": "others"}
        with pytest.raises(StoreError, match="--fresh"):
            study.fid_features.check_same(
                record, {n: told[n] for n in ("fid_network", "fid_features")}
            )


def test_real_and_made_images_are_written(results: Path, tmp_path: Path) -> None:
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


def test_promoted_generator_equals_an_uninterrupted_one(
    results: Path, larger_digits: Task, tmp_path: Path
) -> None:
    [network] = (results / "cache" / "fid").glob("*.keras")
    source = hypermodel.load("dcgan", image_task(larger_digits))
    hp = keras_tuner.HyperParameters()
    source.hypermodel.declare_hyperparameters(hp)
    values = hp.values | {"width": 16, "differentiable_augmentation": True}

    def trained(epochs: int, **request: Any) -> keras.Model:
        judging = Judging(goal="generation", features=network)
        asked = TrialRequest(
            number=0,
            hyperparameters=values,
            seed=1,
            epochs=epochs,
            full_epochs=2,
            patience=9,
            **request,
        )
        programs = Programs(larger_digits, judging=judging)
        made = train(source, programs, asked, lambda epoch: True, StageClock())
        return made.program.model

    whole = trained(2)
    trained(1, checkpoint=tmp_path / "0.npz")
    promoted = trained(2, parent=tmp_path / "0.npz")
    for one, other in (
        (whole.weights, promoted.weights),
        (optimizer_variables(whole), optimizer_variables(promoted)),
    ):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


@pytest.mark.slow
def test_generators_are_searched_by_workers_and_promoted(
    larger_digits: Task, tmp_path: Path
) -> None:
    spec = replace(SPEC, tuner="hyperband", budget=Budget(trials=3, epochs=4), seeds=1)
    with Store(tmp_path) as store:
        planned = plan(spec, larger_digits)
        study.run(planned, store, QuietDisplay(), crew=Crew(workers=2))
        trials = store.trials(planned.id)
    assert {trial.state for trial in trials} == {TrialState.FINISHED}
    assert any(trial.proposal.parent is not None for trial in trials)


def test_collapse_keeps_what_was_good_before_it(
    larger_digits: Task, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(generation, "BEGUN", 60)  # steps; an epoch has 42
    monkeypatch.setattr(generation, "COLLAPSED", 1e9)  # whatever is made
    with Store(tmp_path) as store:
        run(
            store,
            replace(SPEC, seeds=1, budget=Budget(trials=1, epochs=3)),
            larger_digits,
        )
        [record] = store.studies()
        [trial], [final] = store.trials(record.id), store.finals(record.id)
    assert trial.result.error is None
    assert trial.result.epochs == final.epochs == 1


def test_collapse_from_the_start_is_a_failed_trial(
    larger_digits: Task, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(generation, "BEGUN", 1)
    monkeypatch.setattr(generation, "COLLAPSED", 1e9)
    with Store(tmp_path) as store:
        with pytest.raises(StudyError, match="collapsed to one image"):
            run(store, SPEC, larger_digits)
        [record] = store.studies()
        failed = store.trials(record.id)
    assert {trial.result.error.split(":")[0] for trial in failed} == {"CollapsedError"}


def test_features_option_is_refused_for_classifiers(digits: Task) -> None:
    with pytest.raises(UsageError, match="--fid-network goes with generators"):
        plan(StudySpec(family="dense", fid_network="inception"), digits)


@pytest.mark.parametrize(
    ("validation", "test", "goal"),
    [(3000, 2048, "generation"), (3000, 2047, "generation of few")],
)
def test_few_images_are_ranked_by_kernel_distance(
    larger_digits: Task, validation: int, test: int, goal: str
) -> None:
    assert plan(SPEC, of_size(larger_digits, validation, test)).spec.goal == goal


def test_too_few_images_are_refused(larger_digits: Task) -> None:
    with pytest.raises(UsageError, match=r"at least 100 validation.*has 99 and 500"):
        plan(SPEC, of_size(larger_digits, 99, 500))


def test_samples_that_are_one_image_are_no_samples(larger_digits: Task) -> None:
    judge = generation.Generation(larger_digits, Judging(goal="generation"))
    judge.__dict__["_validation"] = np.zeros((50, 4)), None
    program = SimpleNamespace(
        model=SimpleNamespace(
            generator=SimpleNamespace(input_shape=(None, 8)),
            optimizer=SimpleNamespace(iterations=generation.BEGUN),
        ),
        predict=lambda drawn: (
            np.full((len(drawn), 16, 16, 1), 0.4) + 0.001 * drawn[:, :1, None, None]
        ),
    )
    with pytest.raises(generation.CollapsedError, match="collapsed to one image"):
        judge.validation(program)


def test_nearest_images_of_training_images_are_themselves(larger_digits: Task) -> None:
    """A generator that has learnt its images by heart is found out."""
    judge = generation.Generation(larger_digits, Judging(goal="generation"))
    judge.__dict__["_network"] = SimpleNamespace(
        predict=lambda images, **_: images.reshape(len(images), -1)
    )
    stolen = larger_digits.train.images[40:44]
    near, distances = judge._nearest(judge._features(judge._scaled(stolen)))
    np.testing.assert_array_equal(near, stolen)
    own, usual = distances
    assert own.max() < 1e-3 < usual.min()
