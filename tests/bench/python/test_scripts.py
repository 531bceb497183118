"""Searches of a plain script, as a new user writes it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import numpy as np
import keras
import keras_tuner
import bench

print("the script runs")
random = np.random.default_rng(0)
labels = np.arange(90) % 3
images = random.integers(0, 150, (90, 6, 6, 1), np.uint8)
images[np.arange(90), 2 * labels] += 80
WIDTH = 8


@keras.saving.register_keras_serializable()
class Twice(keras.layers.Layer):
    def call(self, inputs):
        return 2 * inputs


class Thrice(keras.layers.Layer):
    def call(self, inputs):
        return 3 * inputs


class Mine(keras_tuner.HyperModel):
    def build(self, hp):
        inputs = keras.layers.Input((6, 6, 1))
        x = Thrice()(Twice()(keras.layers.Flatten()(inputs)))
        x = keras.layers.Dense(hp.Int("units", 4, WIDTH), activation="relu")(x)
        model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x))
        model.compile("adam", "sparse_categorical_crossentropy")
        return model


options = dict(trials=2, epochs=2, seeds=1, tuner="random", results="here")
study = bench.search(Mine(), dataset=(images, labels), **options)
print(study)
print(study.predict(images[:2]).shape)
"""


@pytest.mark.slow
def test_script_without_guard_searches_once_and_again_finds_its_study(
    tmp_path: Path,
) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "script.py"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("the script runs") == 1
        assert "Mine on arrays, finished>\n(2, 2)" in done.stdout
    assert "is finished; nothing was trained" in done.stdout
