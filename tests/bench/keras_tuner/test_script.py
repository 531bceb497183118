"""A script without a guard, as users of Keras Tuner write them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import bench.keras_tuner as keras_tuner
import keras
import numpy as np

print("started")
SIZES = [4, 8]


@keras.saving.register_keras_serializable()
class Own(keras.layers.Dense):
    pass


def registered_name():
    return keras.saving.get_registered_name(Own)


class Model(keras_tuner.HyperModel):
    def build(self, hp):
        model = keras.Sequential([Own(hp.Choice("units", SIZES)), Own(1)])
        model.compile("sgd", "mse")
        if registered_name() != "Custom>Own" or keras.config.epsilon() != 1e-5:
            raise ValueError(registered_name())
        return model


keras.config.set_epsilon(1e-5)
x = np.random.default_rng(0).random((40, 3))
tuner = keras_tuner.GridSearch(
    Model(), objective="val_loss", directory="tuned", workers=2
)
tuner.search(x, x[:, 0], validation_split=0.5, epochs=2)
print("best", tuner.get_best_hyperparameters()[0].values)
"""


@pytest.mark.slow
def test_script_without_a_guard_runs_once_and_its_settings_reach_workers(
    tmp_path: Path,
) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    ended = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("started") == 1
    assert ended.stdout.count("Complete [") == 2
    assert "best {'units': " in ended.stdout
    assert "slower" not in ended.stdout
    assert "this process" not in ended.stdout
