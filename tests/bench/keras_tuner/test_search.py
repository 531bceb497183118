"""Searches by workers: resumed, interrupted, failing, and said where they differ."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

from bench.keras_tuner import GridSearch, Hyperband, RandomSearch, Tuner
from bench.keras_tuner.arguments import opened, stored

Data = tuple[np.ndarray, np.ndarray]

pytestmark = pytest.mark.filterwarnings("ignore:Skipping variable loading")


def build(hp: Any) -> keras.Model:
    model = keras.Sequential(
        [keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    )
    rate = hp.Choice("rate", [0.1, 0.03, 0.01, 0.003])
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def build_without_chance(hp: Any) -> keras.Model:
    model = build(hp)
    model.layers[-1].kernel_initializer = keras.initializers.GlorotUniform(seed=1)
    return model


@pytest.mark.slow
def test_scores_steps_and_weights_are_those_of_keras_tuner(
    tmp_path: Path, digits: Data
) -> None:
    tuners = [
        kind(
            build_without_chance,
            objective="val_accuracy",
            executions_per_trial=2,
            directory=tmp_path / name,
        )
        for name, kind in (("theirs", keras_tuner.GridSearch), ("ours", GridSearch))
    ]
    for tuner in tuners:
        tuner.search(
            *digits,
            validation_split=0.2,
            epochs=8,
            shuffle=False,
            callbacks=[keras.callbacks.EarlyStopping("val_loss", patience=1)],
            verbose=0,
        )
    theirs, ours = (dict(sorted(t.oracle.trials.items())) for t in tuners)
    assert list(ours) == list(theirs)
    for key, trial in theirs.items():
        assert ours[key].score == pytest.approx(trial.score, abs=1e-6)
        assert ours[key].best_step == trial.best_step
        assert (
            ours[key].metrics.get_config().keys() == trial.metrics.get_config().keys()
        )
        weights = (t.load_model(trial).get_weights()[0] for t in tuners)
        np.testing.assert_allclose(*weights, atol=1e-4)


class Interrupts(keras.callbacks.Callback):
    """Ctrl-C at the second trial."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if np.isclose(float(self.model.optimizer.learning_rate), 0.03):
            raise KeyboardInterrupt


def grid(folder: Path, kind: Any = GridSearch, **options: Any) -> Any:
    return kind(
        build,
        objective="val_accuracy",
        directory=folder,
        project_name="grid",
        **options,
    )


def values(tuner: Any) -> list[Any]:
    return [t.hyperparameters.values["rate"] for t in tuner.oracle.trials.values()]


def test_interrupted_grid_goes_on_and_reaches_every_point(
    tmp_path: Path, digits: Data
) -> None:
    tuner = grid(tmp_path, workers=0)
    with pytest.raises(KeyboardInterrupt):
        tuner.search(*digits, validation_split=0.2, callbacks=[Interrupts()], verbose=0)
    again = grid(tmp_path, workers=0)
    again.search(*digits, validation_split=0.2, verbose=0)
    assert sorted(values(again)) == [0.003, 0.01, 0.03, 0.1]
    assert {t.status for t in again.oracle.trials.values()} == {"COMPLETED"}
    plain = grid(tmp_path, keras_tuner.GridSearch)
    assert plain.get_best_models()[0].evaluate(
        *(part[160:] for part in digits), verbose=0
    )[1] == pytest.approx(again.oracle.get_best_trials()[0].score, abs=1e-6)


def test_seed_0_is_a_seed(tmp_path: Path) -> None:
    drawn = [
        RandomSearch(
            build,
            objective="val_accuracy",
            max_trials=3,
            seed=0,
            directory=tmp_path / name,
            workers=0,
        ).oracle.seed
        for name in "ab"
    ]
    assert drawn[0] == drawn[1]


def test_array_that_occurs_twice_is_written_once_and_shared(tmp_path: Path) -> None:
    x = np.arange(6.0).reshape(3, 2)
    kept = stored(((x, "text"), {"validation_data": (x, [None])}), tmp_path)
    assert [path.suffix for path in tmp_path.iterdir()] == [".npy"]
    (first, text), others = opened(kept)
    assert first is others["validation_data"][0]
    assert (text, others["validation_data"][1]) == ("text", [None])
    np.testing.assert_array_equal(first, x)
    assert not first.flags.writeable


def test_what_cannot_be_sent_is_searched_here_and_said(
    tmp_path: Path, digits: Data, capsys: pytest.CaptureFixture[str]
) -> None:
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices(digits).batch(50)
    tuner = grid(tmp_path, max_trials=1)
    tuner.search(data, validation_data=data, shuffle=False, verbose=0)
    assert tuner.oracle.trials["0"].status == "COMPLETED"
    said = capsys.readouterr().out
    assert said.count("This search trains in this process") == 1
    assert said.count("trained by Keras' own fit, which is slower: its data") == 1


class Dies(keras.callbacks.Callback):
    """Ends its process at the first point of the grid."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if np.isclose(float(self.model.optimizer.learning_rate), 0.1):
            os.kill(os.getpid(), signal.SIGKILL)


def test_workers_search_goes_on_after_a_death_and_is_reloaded(
    tmp_path: Path, digits: Data, capsys: pytest.CaptureFixture[str]
) -> None:
    tuner = grid(tmp_path, workers=2)
    tuner.search(*digits, validation_split=0.2, callbacks=[Dies()])
    said = capsys.readouterr().out
    assert said.count("Workers run Dies: what is changed in memory") == 1
    statuses = {
        t.hyperparameters.values["rate"]: (t.status, t.message)
        for t in tuner.oracle.trials.values()
    }
    assert statuses.pop(0.1) == ("FAILED", "its worker was ended by SIGKILL")
    assert set(statuses.values()) == {("COMPLETED", None)}
    reloaded = grid(tmp_path, workers=2)
    reloaded.search(*digits, validation_split=0.2)  # nothing is left to do
    assert [t.score for t in reloaded.oracle.get_best_trials(3)] == [
        t.score for t in tuner.oracle.get_best_trials(3)
    ]


class Stops(GridSearch):
    """Ctrl-C in the user's process, while other trials run."""

    is_stopped = False

    def on_trial_end(self, trial: Any) -> None:
        if not Stops.is_stopped:
            Stops.is_stopped = True
            raise KeyboardInterrupt
        super().on_trial_end(trial)


@pytest.mark.slow
def test_search_that_was_stopped_goes_on_when_it_is_called_again(
    tmp_path: Path, digits: Data
) -> None:
    tuner = grid(tmp_path, Stops, workers=2)
    with pytest.raises(KeyboardInterrupt):
        tuner.search(*digits, validation_split=0.2, verbose=0)
    tuner.search(*digits, validation_split=0.2, verbose=0)
    assert sorted(values(tuner)) == [0.003, 0.01, 0.03, 0.1]
    assert {t.status for t in tuner.oracle.trials.values()} == {"COMPLETED"}


@pytest.mark.slow
def test_promoted_trials_of_hyperband_have_the_bracket_of_their_parents(
    tmp_path: Path, digits: Data
) -> None:
    def build(hp: Any) -> keras.Model:
        units = hp.Int("units", 8, 256, step=8)
        model = keras.Sequential(
            [
                keras.Input((8, 8)),
                keras.layers.Flatten(),
                keras.layers.Dense(units, activation="relu"),
                keras.layers.Dense(10, activation="softmax"),
            ]
        )
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    tuner = Hyperband(
        build,
        objective="val_accuracy",
        max_epochs=4,
        factor=2,
        directory=tmp_path,
        workers=4,
        seed=1,
    )
    tuner.search(*digits, validation_split=0.2)
    trials = tuner.oracle.trials
    assert {t.status for t in trials.values()} == {"COMPLETED"}
    promoted = [
        t.hyperparameters.values
        for t in trials.values()
        if "tuner/trial_id" in t.hyperparameters.values
    ]
    assert promoted
    for own in promoted:
        parent = trials[own["tuner/trial_id"]].hyperparameters.values
        assert own["tuner/bracket"] == parent["tuner/bracket"]
        assert own["tuner/initial_epoch"] == parent["tuner/epochs"]


@pytest.mark.slow
def test_error_that_ends_a_search_is_the_one_of_keras_tuner(
    tmp_path: Path, digits: Data
) -> None:
    class NoResult(keras_tuner.HyperModel):  # type: ignore[misc]
        def build(self, hp: Any) -> keras.Model:
            return build(hp)

        def fit(self, hp: Any, model: keras.Model, *args: Any, **kwargs: Any) -> None:
            model.fit(*args, **kwargs)

    tuner = RandomSearch(
        NoResult(), objective="val_accuracy", max_trials=2, directory=tmp_path
    )
    with pytest.raises(keras_tuner.errors.FatalTypeError, match="is None"):
        tuner.search(*digits, validation_split=0.2)


@pytest.mark.slow
def test_same_seed_gives_the_same_scores_whatever_the_workers(
    tmp_path: Path, digits: Data
) -> None:
    scores = []
    for workers in (1, 2):
        tuner = Tuner(
            oracle=keras_tuner.oracles.RandomSearchOracle(
                objective="val_accuracy", max_trials=4, seed=5
            ),
            hypermodel=build,
            directory=tmp_path / str(workers),
            executions_per_trial=2,
            workers=workers,
        )
        tuner.search(*digits, validation_split=0.2, epochs=2)
        scores.append([t.score for t in tuner.oracle.trials.values()])
    assert scores[0] == scores[1]
