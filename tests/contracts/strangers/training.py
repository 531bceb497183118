"""Optimizers, schedules, precision, callbacks and weights of a training."""

import keras
import keras_tuner
import numpy as np
from keras import layers


def network(hp, dtype=None):
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(hp.Int("units", 32, 64, step=16), "relu", dtype=dtype),
            layers.Dense(10, activation="softmax", dtype="float32"),
        ]
    )


def compiled(hp, optimizer=None, **options):
    model = network(hp)
    model.compile(
        optimizer or keras.optimizers.Adam(3e-3),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        **options,
    )
    return model


# Optimizers -----------------------------------------------------------------------


def exponential_decay(hp):
    schedule = keras.optimizers.schedules.ExponentialDecay(
        hp.Float("rate", 3e-3, 3e-2), decay_steps=100, decay_rate=0.8
    )
    return compiled(hp, keras.optimizers.Adam(schedule))


class Warmup(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return 3e-3 * keras.ops.minimum(keras.ops.cast(step, "float32") / 50.0, 1.0)


def own_schedule(hp):
    return compiled(hp, keras.optimizers.Adam(Warmup()))


def clipped_norm(hp):
    norm = hp.Choice("norm", [1.0, 0.01])
    return compiled(hp, keras.optimizers.SGD(0.1, momentum=0.9, clipnorm=norm))


def clipped_value(hp):
    return compiled(hp, keras.optimizers.RMSprop(3e-3, clipvalue=0.5))


def globally_clipped(hp):
    return compiled(hp, keras.optimizers.Nadam(3e-3, global_clipnorm=1.0))


def moving_average(hp):
    optimizer = keras.optimizers.Adam(3e-3, use_ema=True, ema_momentum=0.95)
    return compiled(hp, optimizer)


def moving_average_overwritten(hp):
    optimizer = keras.optimizers.SGD(
        0.1, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=20
    )
    return compiled(hp, optimizer)


def excluded_from_decay(hp):
    optimizer = keras.optimizers.AdamW(3e-3, weight_decay=30.0)
    model = compiled(hp, optimizer)
    if hp.Boolean("excluded"):
        optimizer.exclude_from_weight_decay(var_list=model.trainable_variables)
    return model


def accumulated_gradients(hp):
    steps = hp.Choice("steps", [2, 4])
    optimizer = keras.optimizers.Adam(6e-3, gradient_accumulation_steps=steps)
    return compiled(hp, optimizer)


def named_optimizer(hp):
    return compiled(hp, hp.Choice("optimizer", ["rmsprop", "nadam"]))


def loss_weights(hp):
    return compiled(hp, loss_weights=[0.5])


# How steps are executed -----------------------------------------------------------


def under_xla(hp):
    return compiled(hp, jit_compile=True)


def eager(hp):
    return compiled(hp, run_eagerly=True)


def several_steps_per_execution(hp):
    return compiled(hp, steps_per_execution=8)


def mixed_precision(hp):
    model = network(hp, dtype="mixed_float16")
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(3e-3))
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def globally_mixed_precision(hp):
    keras.mixed_precision.set_global_policy("mixed_float16")
    return compiled(hp)


# What the fit of a hypermodel passes ----------------------------------------------


class Fits(keras_tuner.HyperModel):
    def build(self, hp):
        return compiled(hp)


class EarlyStopping(Fits):
    def fit(self, hp, model, *args, callbacks=None, **kwargs):
        stopping = keras.callbacks.EarlyStopping(
            monitor="val_loss", patience=hp.Choice("patience", [2, 4])
        )
        return model.fit(*args, callbacks=[*callbacks, stopping], **kwargs)


class StopsAfterTwo(Fits):
    def fit(self, hp, model, *args, callbacks=None, **kwargs):
        class Stop(keras.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                self.model.stop_training = epoch == 1

        return model.fit(*args, callbacks=[*callbacks, Stop()], **kwargs)


class RatesByEpoch(Fits):
    def fit(self, hp, model, *args, callbacks=None, **kwargs):
        schedule = keras.callbacks.LearningRateScheduler(
            lambda epoch, rate: 3e-3 if epoch < 3 else rate * 0.5
        )
        return model.fit(*args, callbacks=[*callbacks, schedule], **kwargs)


class ReducedRates(Fits):
    def fit(self, hp, model, *args, **kwargs):
        kwargs["callbacks"] = [
            *kwargs.pop("callbacks"),
            keras.callbacks.ReduceLROnPlateau(monitor="val_accuracy", patience=1),
        ]
        return model.fit(*args, **kwargs)


class ClassWeights(Fits):
    """Nines have no weight, so that the model never learns them."""

    def fit(self, hp, model, *args, **kwargs):
        weights = {i: float(i != 9) for i in range(10)}
        return model.fit(*args, class_weight=weights, **kwargs)


class SampleWeights(Fits):
    def fit(self, hp, model, x, y, **kwargs):
        weights = (np.asarray(y) != 9).astype("float32")
        return model.fit(x, y, sample_weight=weights, **kwargs)


class OwnBatchSize(Fits):
    def fit(self, hp, model, *args, **kwargs):
        kwargs["batch_size"] = hp.Choice("batch", [16, 128])
        return model.fit(*args, **kwargs)


class OwnEpochs(Fits):
    def fit(self, hp, model, *args, **kwargs):
        kwargs["epochs"] = hp.Int("epochs", 2, 5)
        return model.fit(*args, **kwargs)


class OwnValidation(Fits):
    def fit(self, hp, model, x, y, validation_data, **kwargs):
        return model.fit(x, y, validation_split=0.2, **kwargs)


class DatasetInFit(Fits):
    def fit(self, hp, model, x, y, validation_data, batch_size=32, **kwargs):
        import tensorflow as tf

        batches = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(2000, seed=0)
        validation = tf.data.Dataset.from_tensor_slices(validation_data)
        return model.fit(
            batches.batch(32), validation_data=validation.batch(32), **kwargs
        )


class FitTwice(Fits):
    """Warms up with a high rate, then trains with a lower one."""

    def fit(self, hp, model, *args, **kwargs):
        model.fit(*args, **{**kwargs, "epochs": 2})
        model.optimizer.learning_rate = 1e-3
        return model.fit(*args, **kwargs)
