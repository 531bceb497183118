"""InceptionV3 as the FID network, here with random weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from bench.errors import UsageError
from bench.records import GENERATION, TASK_TYPES, StudySpec
from bench.study.prepare import prepare
from bench.training.evaluators import fid_network, inception
from bench.training.evaluators.evaluator import EvaluatorConfig
from bench.training.evaluators.fid_network import with_features


@pytest.mark.slow
def test_features_are_those_of_images_enlarged_to_299_pixels(
    make_stripes: Callable, tmp_path: Path
) -> None:
    task = make_stripes(shape=(16, 16, 1))
    keras.utils.set_random_seed(0)
    path = tmp_path / "network.keras"
    inception.make(path, task, weights=None)
    images = task.train.images[:2].astype("float32") / 255
    features = np.asarray(fid_network.load(path)(images))
    keras.utils.set_random_seed(0)
    network = keras.applications.InceptionV3(
        include_top=False, pooling="avg", weights=None
    )
    scaled = keras.applications.inception_v3.preprocess_input(255 * images)
    enlarged = keras.ops.image.resize(np.repeat(scaled, 3, axis=-1), (299, 299))
    np.testing.assert_allclose(features, network(enlarged), rtol=1e-3, atol=1e-5)
    assert features.shape == (2, 2048)
    assert np.ptp(features, axis=0).max() > 0
    assert fid_network.describe(path)["name"] == "InceptionV3"


def test_refusal_of_unavailable_weights_names_their_file(
    make_stripes: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(**options: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(keras.applications, "InceptionV3", unreachable)
    spec = StudySpec(family="dcgan", options={"fid_network": "inception"})
    with pytest.raises(UsageError, match="inception_v3_weights_tf") as refused:
        prepare(spec, make_stripes(shape=(16, 16, 1), count=2000))
    assert "--fid-network classifier" in str(refused.value)


def test_networks_for_different_image_shapes_have_different_files(
    make_stripes: Callable,
) -> None:
    inception_config, classifier_config = (
        EvaluatorConfig(
            task_type=TASK_TYPES[GENERATION], options={"fid_network": network}
        )
        for network in ("inception", "classifier")
    )
    small, large = (make_stripes(shape=(n, n, 1)).record for n in (8, 16))
    files = {
        with_features(inception_config, Path("cache"), record).features
        for record in (small, large)
    }
    assert len(files) == 2
    of_classifier = with_features(classifier_config, Path("cache"), small).features
    assert of_classifier is not None
    assert of_classifier not in files


def test_classifiers_have_no_fid_network(make_stripes: Callable) -> None:
    record = make_stripes().record
    assert with_features(EvaluatorConfig(), Path("cache"), record).features is None
