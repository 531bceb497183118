"""The models of Keras Tuner's guides, block by block, on images of 8x8x1 pixels."""

import keras
import keras_tuner
import numpy as np
from keras import layers

CLASSES = 10


# Getting started: tune the model architecture -----------------------------------


def first_model(hp):
    model = keras.Sequential()
    model.add(layers.Flatten())
    model.add(layers.Dense(hp.Choice("units", [16, 32, 64]), activation="relu"))
    model.add(layers.Dense(CLASSES, activation="softmax"))
    model.compile(
        optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"]
    )
    return model


def several_kinds(hp):
    return existing_code(
        units=hp.Int("units", min_value=32, max_value=128, step=32),
        activation=hp.Choice("activation", ["relu", "tanh"]),
        dropout=hp.Boolean("dropout"),
        rate=hp.Float("lr", 1e-4, 1e-2, sampling="log", default=3e-3),
    )


def existing_code(units, activation, dropout, rate):
    model = keras.Sequential()
    model.add(layers.Flatten())
    model.add(layers.Dense(units=units, activation=activation))
    if dropout:
        model.add(layers.Dropout(rate=0.25))
    model.add(layers.Dense(CLASSES, activation="softmax"))
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=rate),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def conditional_layers(hp):
    model = keras.Sequential()
    model.add(layers.Flatten())
    for i in range(hp.Int("num_layers", 1, 3)):
        units = hp.Int(f"units_{i}", min_value=32, max_value=128, step=32)
        model.add(layers.Dense(units, activation="relu"))
    model.add(layers.Dense(CLASSES, activation="softmax"))
    model.compile(
        optimizer=keras.optimizers.Adam(3e-3),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


class SmallHyperModel(keras_tuner.HyperModel):
    def build(self, hp):
        model = keras.Sequential()
        model.add(layers.Flatten())
        model.add(layers.Dense(hp.Int("units", 32, 128, step=32), activation="relu"))
        model.add(layers.Dense(CLASSES, activation="softmax"))
        model.compile(
            optimizer=keras.optimizers.Adam(3e-3),
            loss="categorical_crossentropy",
            metrics=["accuracy"],
        )
        return model


# Getting started: tune model training -------------------------------------------


class ShuffleOrNot(SmallHyperModel):
    def fit(self, hp, model, *args, **kwargs):
        return model.fit(*args, shuffle=hp.Boolean("shuffle"), **kwargs)


class NormalizeInFit(SmallHyperModel):
    def fit(self, hp, model, x, y, **kwargs):
        if hp.Boolean("normalize"):
            x = layers.Normalization(axis=-1, mean=0.3, variance=0.1)(x)
        return model.fit(x, y, shuffle=hp.Boolean("shuffle"), **kwargs)


class SharedBetweenBuildAndFit(SmallHyperModel):
    def fit(self, hp, model, *args, **kwargs):
        repeats = 1 if hp.get("units") > 64 else 2
        kwargs["batch_size"] = 16 * repeats
        return model.fit(*args, **kwargs)


# Getting started: the objective -------------------------------------------------


class ReturnsANumber(SmallHyperModel):
    def fit(self, hp, model, x, y, validation_data, **kwargs):
        model.fit(x, y, **kwargs)
        images, labels = validation_data
        predicted = model.predict(images, verbose=0)
        return float(np.mean(np.abs(labels - predicted)))


class ReturnsADictionary(SmallHyperModel):
    def fit(self, hp, model, x, y, validation_data, **kwargs):
        model.fit(x, y, validation_data=validation_data, **kwargs)
        loss, accuracy = model.evaluate(*validation_data, verbose=0)
        return {"loss": loss, "val_accuracy": accuracy}


class MeanAbsolute(keras.metrics.Metric):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.sum = self.add_weight(name="sum", initializer="zeros")
        self.count = self.add_weight(name="count", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        errors = keras.ops.abs(keras.ops.cast(y_true, "float32") - y_pred)
        self.sum.assign(self.sum + keras.ops.sum(errors))
        self.count.assign(
            self.count + keras.ops.cast(keras.ops.size(y_true), "float32")
        )

    def result(self):
        return self.sum / self.count

    def reset_state(self):
        self.sum.assign(0)
        self.count.assign(0)


def own_metric(hp):
    model = keras.Sequential([layers.Flatten()])
    model.add(layers.Dense(hp.Int("units", 32, 128, step=32), activation="relu"))
    model.add(layers.Dense(CLASSES, activation="softmax"))
    model.compile(
        optimizer=keras.optimizers.Adam(3e-3),
        loss="categorical_crossentropy",
        metrics=[MeanAbsolute()],
    )
    return model


def regression(hp):
    model = keras.Sequential([layers.Flatten()])
    model.add(layers.Dense(units=hp.Int("units", 32, 128, 32), activation="relu"))
    model.add(layers.Dense(units=1))
    model.compile(
        optimizer="adam", loss="mean_squared_error", metrics=["mean_squared_error"]
    )
    return model


class OwnTuner(keras_tuner.RandomSearch):
    def run_trial(self, trial, *args, **kwargs):
        return trial.hyperparameters.Float("x", min_value=-1.0, max_value=1.0) ** 2


# Getting started: keras_tuner.applications --------------------------------------

augmentation = keras_tuner.applications.HyperImageAugment(input_shape=(32, 32, 3))


def augmented(hp, **options):
    inputs = keras.Input((8, 8, 1))
    hypermodel = keras_tuner.applications.HyperImageAugment((8, 8, 1), **options)
    x = layers.Flatten()(hypermodel.build(hp)(inputs))
    x = layers.Dense(hp.Int("units", 64, 128, step=32), activation="relu")(x)
    model = keras.Model(inputs, layers.Dense(CLASSES, activation="softmax")(x))
    model.compile(
        optimizer=keras.optimizers.Adam(3e-3),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def augmented_in_turn(hp):
    ranges = {"rotate": [0.01, 0.1], "translate_x": [0.01, 0.1], "contrast": None}
    return augmented(hp, augment_layers=0, translate_y=None, **ranges)


def augmented_at_random(hp):
    return augmented(hp, augment_layers=[1, 2], rotate=[0.01, 0.1], contrast=None)


# Distributed, tailor the search space, visualize --------------------------------


def distributed(hp):
    inputs = keras.Input(shape=(8, 8, 1))
    x = layers.Rescaling(1.0)(inputs)
    for i in range(hp.Int("conv_layers", 1, 2, default=2)):
        x = layers.Conv2D(
            filters=hp.Int(f"filters_{i}", 4, 32, step=4, default=24),
            kernel_size=hp.Int(f"kernel_size_{i}", 3, 5),
            activation="relu",
            padding="same",
        )(x)
        if hp.Choice(f"pooling_{i}", ["max", "avg"]) == "max":
            x = layers.MaxPooling2D()(x)
        else:
            x = layers.AveragePooling2D()(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.ReLU()(x)
    if hp.Choice("global_pooling", ["max", "avg"]) == "max":
        x = layers.GlobalMaxPooling2D()(x)
    else:
        x = layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, layers.Dense(CLASSES, activation="softmax")(x))
    model.compile(
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        optimizer=hp.Choice("optimizer", ["adam", "sgd"]),
    )
    return model


def tailored(hp):
    model = keras.Sequential()
    model.add(layers.Flatten())
    for i in range(hp.Int("num_layers", 1, 3)):
        units = hp.Int("units_" + str(i), 32, 64, step=32)
        model.add(layers.Dense(units=units, activation="relu"))
    model.add(layers.Dense(CLASSES, activation="softmax"))
    rate = hp.Choice("learning_rate", values=[1e-2, 1e-3, 1e-4])
    optimizer = hp.Choice("optimizer", ["adam", "rmsprop"])
    model.compile(
        optimizer=keras.optimizers.get(
            {"class_name": optimizer, "config": {"learning_rate": rate}}
        ),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def compiled_by_the_tuner(hp):
    model = keras.Sequential([layers.Flatten()])
    model.add(layers.Dense(hp.Int("units", 32, 64, step=32), activation="relu"))
    model.add(layers.Dense(CLASSES, activation="softmax"))
    return model


def visualized(hp):
    inputs = keras.Input(shape=(8, 8, 1))
    x = layers.Rescaling(1.0 / 255)(inputs)
    for i in range(hp.Int("conv_blocks", 1, 2)):
        filters = hp.Int(f"filters_{i}", 8, 32, step=8)
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    x = layers.Dense(hp.Int("units", 32, 64, step=32), activation="relu")(x)
    x = layers.Dropout(0.2)(x)
    model = keras.Model(inputs, layers.Dense(CLASSES, activation="softmax")(x))
    rate = hp.Float("learning_rate", 1e-4, 1e-2, sampling="log", default=3e-3)
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
        optimizer=keras.optimizers.Adam(learning_rate=rate),
    )
    return model
