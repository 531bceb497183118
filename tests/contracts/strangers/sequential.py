"""Sequential models, and the ways in which they learn their input's shape."""

import keras
from keras import layers


def compiled(model):
    model.compile(
        keras.optimizers.Adam(3e-3),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def hidden(hp):
    return layers.Dense(hp.Int("units", 16, 64, step=16), activation="relu")


def output():
    return layers.Dense(10, activation="softmax")


def with_input(hp):
    first = [keras.Input((8, 8, 1)), layers.Flatten()]
    return compiled(keras.Sequential([*first, hidden(hp), output()]))


def with_input_layer(hp):
    first = [layers.InputLayer(shape=(8, 8, 1)), layers.Flatten()]
    return compiled(keras.Sequential([*first, hidden(hp), output()]))


def with_input_shape(hp):
    first = layers.Flatten(input_shape=(8, 8, 1))
    return compiled(keras.Sequential([first, hidden(hp), output()]))


def without_input(hp):
    convolution = layers.Conv2D(hp.Int("units", 16, 64, step=16), 3, activation="relu")
    return compiled(keras.Sequential([convolution, layers.Flatten(), output()]))


def built_by_hand(hp):
    model = keras.Sequential([layers.Flatten(), hidden(hp), output()])
    model.build((None, 8, 8, 1))
    return compiled(model)


def input_of_two_dimensions(hp):
    first = [keras.Input((8, 8)), layers.Flatten()]
    return compiled(keras.Sequential([*first, hidden(hp), output()]))


def input_of_vectors(hp):
    return compiled(keras.Sequential([keras.Input((64,)), hidden(hp), output()]))


def nested(hp):
    features = keras.Sequential([layers.Flatten(), hidden(hp)])
    return compiled(keras.Sequential([keras.Input((8, 8, 1)), features, output()]))


def nested_without_input(hp):
    features = keras.Sequential([layers.Flatten(), hidden(hp)])
    return compiled(keras.Sequential([features, output()]))


def with_another_head(hp):
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), hidden(hp)])
    model.add(layers.Dense(3))
    model.pop()
    model.add(output())
    return compiled(model)


def separate_softmax(hp):
    first = [keras.Input((8, 8, 1)), layers.Flatten(), hidden(hp)]
    last = [layers.Dense(10), layers.Activation("softmax", dtype="float32")]
    return compiled(keras.Sequential([*first, *last]))
