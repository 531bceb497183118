"""InceptionV3 as the network of FID, here with weights that nobody trained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from bench.errors import UsageError
from bench.records import StudySpec
from bench.study.prepare import plan
from bench.training.evaluators import fid_network, inception
from bench.training.evaluators.evaluator import Judging


def test_features_are_those_of_the_enlarged_images(
    make_stripes: Callable, tmp_path: Path
) -> None:
    task = make_stripes(shape=(16, 16, 1))
    keras.utils.set_random_seed(0)
    path = tmp_path / "network.keras"
    inception.make(path, task, weights=None)
    images = task.train.images[:2].astype("float32") / 255
    found = np.asarray(fid_network.load(path)(images))
    keras.utils.set_random_seed(0)
    network = keras.applications.InceptionV3(
        include_top=False, pooling="avg", weights=None
    )
    scaled = keras.applications.inception_v3.preprocess_input(255 * images)
    enlarged = keras.ops.image.resize(np.repeat(scaled, 3, axis=-1), (299, 299))
    np.testing.assert_allclose(found, network(enlarged), rtol=1e-3, atol=1e-5)
    assert found.shape == (2, 2048)
    assert np.ptp(found, axis=0).max() > 0
    assert fid_network.describe(path)["name"] == "InceptionV3"


def test_weights_that_cannot_be_had_are_named(
    make_stripes: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(**options: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(keras.applications, "InceptionV3", unreachable)
    spec = StudySpec(family="dcgan", fid_network="inception")
    with pytest.raises(UsageError, match="inception_v3_weights_tf") as refused:
        plan(spec, make_stripes(shape=(16, 16, 1), count=2000))
    assert "--fid-network classifier" in str(refused.value)


def test_networks_of_other_shapes_have_other_files(make_stripes: Callable) -> None:
    judging = Judging(goal="generation", fid_network="inception")
    small, large = (make_stripes(shape=(n, n, 1)).record for n in (8, 16))
    files = {
        judging.within(Path("cache"), record).features for record in (small, large)
    }
    assert len(files) == 2
    own = Judging(goal="generation").within(Path("cache"), small).features
    assert own not in files
    assert Judging().within(Path("cache"), small).features is None
