"""Trials of families whose network is frozen, as a whole or in part."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from bench.datasets import Task
from bench.training.timings import StageClock
from bench.training.trial import run_trial, train

TRANSFER = {
    "backbone": "mobilenet_v2",
    "resolution": 32,
    "augmentation": "off",
    "pooling": "average",
    "head_units": 64,
    "dropout": 0.0,
    "kernel_initializer": "he_normal",
    "optimizer": "adam",
    "learning_rate": 3e-3,
    "schedule": "constant",
    "weight_decay": 1e-4,
    "batch_size": 32,
}
FINETUNE = TRANSFER | {"blocks": 1, "head_learning_rate": 3e-3, "learning_rate": 1e-3}


@pytest.fixture
def weights() -> str:
    """Real ones where the tests were told of a file."""
    return os.environ.get("BENCH_WEIGHTS", "random")


def test_only_the_first_trial_waits_for_the_features(
    stripes: Task, work: Callable, request_for: Callable, collect: type, weights: str
) -> None:
    transfer = work("transfer", stripes, weights)
    results = [
        run_trial(
            transfer.source,
            transfer.programs,
            request_for(hyperparameters=TRANSFER | {"dropout": rate}),
            collect(),
        )
        for rate in (0.0, 0.2, 0.4)
    ]
    assert [result.error for result in results] == [None] * 3
    waits = [result.stage_seconds["features"] for result in results]
    assert max(waits[1:]) < 0.05 * waits[0]
    backbone = keras.applications.MobileNetV2(
        include_top=False, weights=None, input_shape=(32, 32, 3)
    ).count_params()
    head = (1280 + 1) * 64 + 65 * 3
    assert {result.parameters for result in results} == {backbone + head}


@pytest.mark.parametrize(
    ("pooling", "resolution"),
    [("average", 32), ("average", 96), ("max", 96), ("flatten", 96)],
)
def test_model_on_features_is_the_model_on_images(
    stripes: Task,
    work: Callable,
    request_for: Callable,
    collect: type,
    weights: str,
    pooling: str,
    resolution: int,
) -> None:
    transfer = work("transfer", stripes, weights)
    chosen = TRANSFER | {"pooling": pooling, "resolution": resolution}
    trained = train(
        transfer.source,
        transfer.programs,
        request_for(hyperparameters=chosen),
        collect(),
        StageClock(),
    )
    whole = transfer.source.hypermodel.build(_configured(chosen))
    for layer in trained.program.model.layers:
        if layer.weights:
            _of_same_place(whole, layer).set_weights(layer.get_weights())
    images = stripes.test.images
    np.testing.assert_allclose(
        trained.program.predict(trained.features.test()),
        np.asarray(whole(images)),
        atol=5e-3,
    )


def test_finetuning_warms_up_the_head_and_then_trains_the_last_blocks(
    stripes: Task, work: Callable, request_for: Callable, collect: type, weights: str
) -> None:
    finetune = work("finetune", stripes, weights)
    hypermodel = finetune.source.hypermodel
    trained = train(
        finetune.source,
        finetune.programs,
        request_for(hyperparameters=FINETUNE, epochs=1),
        collect(),
        StageClock(),
    )
    fresh = hypermodel.build_head(
        _configured(FINETUNE), trained.features.task.train.images.shape[1:]
    )
    model = trained.program.model
    changed, moved = set(), []
    for weight, old in zip(model.weights, fresh.get_weights(), strict=True):
        if not np.array_equal(old, np.asarray(weight)):
            changed.add(weight.path.split("/")[-2])
            moved += [weight.path] * ("moving" in weight.path)
    assert {"head", "probabilities", "Conv_1"} <= changed
    assert moved == []


def _configured(values: dict) -> object:
    from bench.training.models import configured

    return configured(values)


def _of_same_place(whole: keras.Model, layer: keras.layers.Layer) -> object:
    """The layer of a whole model that stands where it does in that of features."""
    if layer.name in ("head", "probabilities"):
        return whole.get_layer(layer.name)
    kinds = [x for x in whole.layers if type(x) is type(layer)]
    return kinds[0]


@pytest.mark.parametrize(
    ("shape", "resolutions", "seen"),
    [
        ((8, 8, 1), [32, 96], (96, 96)),
        ((40, 60, 3), [40, 96], (96, 144)),
        ((90, 90, 3), [90, 224], (224, 224)),
        ((128, 128, 3), [128, 224], (224, 224)),
        ((224, 300, 3), [224], (224, 300)),
    ],
)
def test_images_may_be_enlarged_to_what_networks_learned_from(
    shape: tuple[int, int, int], resolutions: list[int], seen: tuple[int, int]
) -> None:
    import keras_tuner

    from search_spaces.family import ImageTask
    from search_spaces.parts.pretrained import Pretrained

    task = ImageTask(image_shape=shape, classes=2)
    pretrained = Pretrained(task, "random")
    hp = keras_tuner.HyperParameters()
    pretrained.declare(hp)
    [entry] = [entry for entry in hp.space if entry.name == "resolution"]
    assert entry.values == resolutions
    assert entry.default == resolutions[-1]
    hp.values["backbone"] = "mobilenet_v2"
    features = pretrained.features(hp, keras.Input(shape))
    assert features.shape[1:3] == tuple(-(-side // 32) for side in seen)


def test_flattened_features_are_of_few_places() -> None:
    from search_spaces.transfer import pooled

    for side, kept in ((1, 1), (3, 3), (4, 4), (7, 4), (9, 3)):
        places = pooled("flatten", keras.Input((side, side, 5)))
        assert places.shape == (None, kept * kept, 5)


@pytest.mark.skipif("BENCH_WEIGHTS" not in os.environ, reason="no BENCH_WEIGHTS")
def test_weights_of_a_file_say_whose_they_are() -> None:
    from search_spaces.family import ImageTask
    from search_spaces.parts.pretrained import Pretrained

    task = ImageTask(image_shape=(32, 32, 3), classes=2)
    assert Pretrained(task, os.environ["BENCH_WEIGHTS"]).names == ["mobilenet_v2"]


def test_file_of_no_known_network_is_refused(tmp_path: Path) -> None:
    import h5py

    from search_spaces.family import ImageTask, UnsupportedTaskError
    from search_spaces.parts.pretrained import Pretrained

    task = ImageTask(image_shape=(32, 32, 3), classes=2)
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file.create_group("a_layer")
    for path, reason in (
        (other, "must be those of one of MobileNetV2, VGG16"),
        (tmp_path / "none.h5", "must be a file that Keras can load"),
    ):
        with pytest.raises(UnsupportedTaskError, match=reason):
            Pretrained(task, str(path))


def test_missing_weights_say_which_file_to_place_where(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import keras_tuner

    from search_spaces.family import ImageTask, UnsupportedTaskError
    from search_spaces.transfer import Transfer

    def offline(*_: object, **__: object) -> None:
        raise OSError("URL fetch failure")

    monkeypatch.setattr(keras.applications, "VGG16", offline)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    task = ImageTask(image_shape=(40, 40, 3), classes=2)
    space = keras_tuner.HyperParameters()
    space.Choice("backbone", ["vgg16"])
    space.Choice("resolution", [40])
    with pytest.raises(UnsupportedTaskError) as refused:
        Transfer(task).prepare(space)
    message = str(refused.value)
    assert "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5" in message
    assert str(tmp_path / "models") in message
    assert "--weights" in message
    assert "\n" not in message


def test_images_of_odd_channels_are_refused() -> None:
    from search_spaces.family import ImageTask, UnsupportedTaskError
    from search_spaces.transfer import Transfer

    with pytest.raises(UnsupportedTaskError, match="1 or 3 channels, not 2"):
        Transfer(ImageTask(image_shape=(32, 32, 2), classes=2))
