"""Trials of families that use a pretrained network, frozen fully or in part."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import keras
import keras_tuner
import numpy as np
import pytest

from bench.datasets import Task
from bench.searchers import portfolio
from bench.searchers.space import active, narrow
from bench.training.models import configured, parameters
from bench.training.timings import StageTimer
from bench.training.trial import run_trial

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
    """File of pretrained weights from ``BENCH_WEIGHTS``, else random weights."""
    return os.environ.get("BENCH_WEIGHTS", "random")


def test_only_the_first_trial_waits_for_the_features(
    stripes: Task,
    make_runner: Callable,
    make_request: Callable,
    collector: type,
    weights: str,
) -> None:
    transfer = make_runner("transfer", stripes, weights)
    results = [
        run_trial(
            transfer.trainer,
            make_request(hyperparameters=TRANSFER | {"dropout": rate}),
            collector(),
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
    [
        ("average", 32),
        pytest.param("average", 96, marks=pytest.mark.slow),
        pytest.param("max", 96, marks=pytest.mark.slow),
        ("flatten", 96),
    ],
)
def test_model_on_features_is_the_model_on_images(
    stripes: Task,
    make_runner: Callable,
    make_request: Callable,
    collector: type,
    weights: str,
    pooling: str,
    resolution: int,
) -> None:
    transfer = make_runner("transfer", stripes, weights)
    values = TRANSFER | {"pooling": pooling, "resolution": resolution}
    request = make_request(hyperparameters=values)
    trained = transfer.trainer.train(request, collector(), StageTimer())
    on_images = transfer.trainer.source.hypermodel.build(configured(values))
    for layer in trained.compiled.model.layers:
        if layer.weights:
            _corresponding(on_images, layer).set_weights(layer.get_weights())
    images = stripes.test.images
    np.testing.assert_allclose(
        trained.compiled.predict(trained.features.test()),
        np.asarray(on_images(images)),
        atol=5e-3,
    )


def test_finetuning_warms_up_the_head_and_then_trains_the_last_blocks(
    stripes: Task,
    make_runner: Callable,
    make_request: Callable,
    collector: type,
    weights: str,
) -> None:
    finetune = make_runner("finetune", stripes, weights)
    request = make_request(hyperparameters=FINETUNE, epochs=1)
    trained = finetune.trainer.train(request, collector(), StageTimer())
    fresh = finetune.trainer.source.hypermodel.build_head(
        configured(FINETUNE), trained.features.task.train.images.shape[1:]
    )
    model = trained.compiled.model
    changed, moved = set(), []
    for weight, old in zip(model.weights, fresh.get_weights(), strict=True):
        if not np.array_equal(old, np.asarray(weight)):
            changed.add(weight.path.split("/")[-2])
            moved += [weight.path] * ("moving" in weight.path)
    assert {"head", "probabilities", "Conv_1"} <= changed
    assert moved == []


def _corresponding(on_images: keras.Model, layer: keras.layers.Layer) -> object:
    """The layer of a model on images that corresponds to one of a model on features."""
    if layer.name in ("head", "probabilities"):
        return on_images.get_layer(layer.name)
    same_class = [each for each in on_images.layers if type(each) is type(layer)]
    return same_class[0]


@pytest.mark.parametrize(
    ("shape", "resolutions", "enlarged"),
    [
        ((8, 8, 1), [32, 96], (96, 96)),
        ((40, 60, 3), [40, 96], (96, 144)),
        ((90, 90, 3), [90, 224], (224, 224)),
        ((128, 128, 3), [128, 224], (224, 224)),
        ((224, 300, 3), [224], (224, 300)),
    ],
)
def test_images_may_be_enlarged_to_resolutions_of_pretraining(
    shape: tuple[int, int, int], resolutions: list[int], enlarged: tuple[int, int]
) -> None:
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
    assert features.shape[1:3] == tuple(-(-side // 32) for side in enlarged)


def test_transfer_begins_with_linear_probes_of_growing_sides() -> None:
    from search_spaces.family import ImageTask
    from search_spaces.transfer import Transfer

    transfer = Transfer(ImageTask(image_shape=(112, 112, 3), classes=5), "random")
    space = keras_tuner.HyperParameters()
    transfer.declare_hyperparameters(space)
    default = active(space, {})
    assert (default["resolution"], default["pooling"]) == (112, "average")
    first = partial(
        portfolio.configurations,
        "transfer",
        "photos",
        whole=space,
        named=transfer.starts(),
    )
    assert first(space=space)[0] == default | {"resolution": 224}
    narrowed = narrow(space, None, {"resolution": 112})
    resolutions = {values["resolution"] for values in first(space=narrowed)}
    assert resolutions <= {112}
    probe = transfer.build_head(configured(default), (1, 1280))
    assert parameters(probe) == 1281 * 5


def test_heads_on_all_positions_are_small() -> None:
    from search_spaces.family import ImageTask
    from search_spaces.transfer import Transfer

    transfer = Transfer(ImageTask(image_shape=(112, 112, 3), classes=5), "random")
    space = keras_tuner.HyperParameters()
    transfer.declare_hyperparameters(space)
    largest = active(space, {"pooling": "flatten", "flat_units": 64})
    assert "head_units" not in largest
    assert parameters(transfer.build_head(configured(largest), (16, 1280))) < 1.5e6


@pytest.mark.parametrize("schedule", ["cosine", "constant", "step"])
def test_head_is_not_stopped_in_the_first_half_of_its_epochs(schedule: str) -> None:
    from search_spaces.family import ImageTask
    from search_spaces.transfer import Transfer

    transfer = Transfer(ImageTask(image_shape=(112, 112, 3), classes=5), "random")
    assert transfer.last_fall(configured({"schedule": schedule})) >= 0.5


def test_flattened_features_have_at_most_4x4_positions() -> None:
    from search_spaces.transfer import pooled

    for side, pooled_side in ((1, 1), (3, 3), (4, 4), (7, 4), (9, 3)):
        positions = pooled("flatten", keras.Input((side, side, 5)))
        assert positions.shape == (None, pooled_side * pooled_side, 5)


@pytest.mark.skipif("BENCH_WEIGHTS" not in os.environ, reason="no BENCH_WEIGHTS")
def test_file_of_weights_names_its_network() -> None:
    from search_spaces.family import ImageTask
    from search_spaces.parts.pretrained import Pretrained

    task = ImageTask(image_shape=(32, 32, 3), classes=2)
    assert Pretrained(task, os.environ["BENCH_WEIGHTS"]).names == ["mobilenet_v2"]


def test_file_of_an_unknown_network_is_refused(tmp_path: Path) -> None:
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


def test_refusal_of_missing_weights_names_the_file_and_its_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
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


def test_images_of_2_channels_are_refused() -> None:
    from search_spaces.family import ImageTask, UnsupportedTaskError
    from search_spaces.transfer import Transfer

    with pytest.raises(UnsupportedTaskError, match="1 or 3 channels, not 2"):
        Transfer(ImageTask(image_shape=(32, 32, 2), classes=2))
