"""Losses as they are written, right and wrong, and the labels that they take."""

import keras
from keras import layers, ops

CLASSES = 10


def network(hp, outputs=CLASSES, activation=None):
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(hp.Int("units", 32, 64, step=16), "relu"),
            layers.Dense(outputs, activation=activation),
        ]
    )


def compiled(model, loss, metrics=("accuracy",)):
    model.compile(keras.optimizers.Adam(3e-3), loss, metrics=list(metrics))
    return model


# Class indices --------------------------------------------------------------------


def from_logits(hp):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return compiled(network(hp), loss)


def lambda_over_integers(hp):
    return compiled(
        network(hp, activation="softmax"),
        lambda y, p: keras.losses.sparse_categorical_crossentropy(y, p),
    )


def function_over_integers(hp):
    def loss(y_true, y_pred):
        of_class = ops.take_along_axis(
            y_pred, ops.cast(ops.reshape(y_true, (-1, 1)), "int32"), axis=1
        )
        return -ops.log(of_class[:, 0] + 1e-7)

    return compiled(network(hp, activation="softmax"), loss)


def focal_over_integers(hp):
    def focal(y_true, y_pred):
        y_true = ops.one_hot(ops.cast(ops.reshape(y_true, (-1,)), "int32"), CLASSES)
        p = ops.sum(y_true * y_pred, axis=-1)
        return -ops.square(1 - p) * ops.log(p + 1e-7)

    return compiled(network(hp, activation="softmax"), focal)


class WrappedLogits(keras.losses.Loss):
    def __init__(self):
        super().__init__(name="wrapped")
        self.inner = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def call(self, y_true, y_pred):
        return self.inner(y_true, y_pred)


def wrapped_logits(hp):
    return compiled(network(hp), WrappedLogits())


def linear_under_cross_entropy(hp):
    return compiled(network(hp), "sparse_categorical_crossentropy")


def softmax_before_logits(hp):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return compiled(network(hp, activation="softmax"), loss)


def relu_outputs(hp):
    model = network(hp, activation="relu")
    return compiled(model, keras.losses.SparseCategoricalCrossentropy(from_logits=True))


def sparse_metrics(hp):
    metrics = [
        keras.metrics.SparseCategoricalAccuracy(name="acc"),
        keras.metrics.SparseTopKCategoricalAccuracy(k=3),
    ]
    model = network(hp, activation="softmax")
    return compiled(model, "sparse_categorical_crossentropy", metrics)


# One-hot labels -------------------------------------------------------------------


def label_smoothing(hp):
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.1)
    return compiled(network(hp, activation="softmax"), loss)


def focal_over_one_hot(hp):
    def focal(y_true, y_pred):
        weights = ops.square(1 - y_pred)
        return -ops.sum(y_true * weights * ops.log(y_pred + 1e-7), axis=-1)

    return compiled(network(hp, activation="softmax"), focal)


def focal_of_keras(hp):
    loss = keras.losses.CategoricalFocalCrossentropy(from_logits=True)
    return compiled(network(hp), loss)


def squared_error(hp):
    return compiled(network(hp, activation="softmax"), "mse")


def squared_error_of_linear(hp):
    return compiled(network(hp), "mean_squared_error")


def binary_for_each_class(hp):
    return compiled(network(hp, activation="sigmoid"), "binary_crossentropy")


def hinge(hp):
    return compiled(network(hp), keras.losses.CategoricalHinge())


def divergence(hp):
    return compiled(network(hp, activation="softmax"), "kl_divergence")


def f1_score(hp):
    metrics = ["accuracy", keras.metrics.F1Score(), keras.metrics.AUC()]
    model = network(hp, activation="softmax")
    return compiled(model, "categorical_crossentropy", metrics)


# Two classes ----------------------------------------------------------------------


def one_sigmoid(hp):
    return compiled(network(hp, 1, "sigmoid"), "binary_crossentropy")


def one_logit(hp):
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    metrics = [keras.metrics.BinaryAccuracy(threshold=0.0)]
    return compiled(network(hp, 1), loss, metrics)


def binary_focal(hp):
    loss = keras.losses.BinaryFocalCrossentropy(gamma=2.0)
    return compiled(network(hp, 1, "sigmoid"), loss)


def hinge_of_tanh(hp):
    return compiled(network(hp, 1, "tanh"), "hinge")


def squared_error_of_sigmoid(hp):
    return compiled(network(hp, 1, "sigmoid"), "mse")


def two_outputs_over_integers(hp):
    model = network(hp, 2, "softmax")
    return compiled(model, "sparse_categorical_crossentropy")


def two_sigmoids(hp):
    return compiled(network(hp, 2, "sigmoid"), "binary_crossentropy")
