"""Keras Tuner's guides on custom training loops and on failed trials."""

import keras
import keras_tuner
import tensorflow as tf
from keras import layers


class OwnTrainingLoop(keras_tuner.HyperModel):
    """Builds an uncompiled model and trains it with a tape, batch by batch."""

    def build(self, hp):
        inputs = keras.Input(shape=(8, 8, 1))
        x = layers.Flatten()(inputs)
        x = layers.Dense(hp.Choice("units", [32, 64, 128]), activation="relu")(x)
        return keras.Model(inputs, layers.Dense(10)(x))

    def fit(self, hp, model, x, y, validation_data, callbacks=None, **kwargs):
        batch_size = hp.Int("batch_size", 32, 128, step=32)
        batches = tf.data.Dataset.from_tensor_slices((x, y)).batch(batch_size)
        validation = tf.data.Dataset.from_tensor_slices(validation_data)
        validation = validation.batch(batch_size)
        rate = hp.Float("learning_rate", 1e-4, 1e-2, sampling="log", default=3e-3)
        optimizer = keras.optimizers.Adam(rate)
        loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        mean = keras.metrics.Mean()

        @tf.function
        def train(images, labels):
            with tf.GradientTape() as tape:
                loss = loss_of(labels, model(images, training=True))
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(
                zip(gradients, model.trainable_variables, strict=True)
            )

        for callback in callbacks:
            callback.set_model(model)
        best = float("inf")
        for epoch in range(4):
            for images, labels in batches.shuffle(100, seed=epoch):
                train(images, labels)
            for images, labels in validation:
                mean.update_state(loss_of(labels, model(images)))
            loss = float(mean.result())
            mean.reset_state()
            for callback in callbacks:
                callback.on_epoch_end(epoch, logs={"my_metric": loss})
            best = min(best, loss)
        return best


def network(units):
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten()])
    for count in units:
        model.add(layers.Dense(count, activation="relu"))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(
        keras.optimizers.Adam(3e-3),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def too_large(hp):
    model = network([hp.Int("units", 16, 256), hp.Int("units_2", 16, 256)])
    if model.count_params() > 20_000:
        raise keras_tuner.errors.FailedTrialError("the model has too many parameters")
    return model


def too_large_by_default(hp):
    hp.Int("units", 16, 256)
    raise keras_tuner.errors.FailedTrialError("the model has too many parameters")


def invalid(hp):
    inputs = keras.Input((8, 8, 1))
    x = inputs
    for i in range(hp.Int("poolings", 1, 6)):
        x = layers.Conv2D(8, 3, padding="same", activation="relu", name=f"c{i}")(x)
        x = layers.MaxPooling2D()(x)
    outputs = layers.Dense(10, activation="softmax")(layers.Flatten()(x))
    model = keras.Model(inputs, outputs)
    model.compile(
        keras.optimizers.Adam(3e-3),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def returns_nothing(hp):
    network([hp.Int("units", 16, 256)])


class FitReturnsNothing(keras_tuner.HyperModel):
    def build(self, hp):
        return network([hp.Int("units", 16, 256)])

    def fit(self, hp, model, *args, **kwargs):
        model.fit(*args, **kwargs)
