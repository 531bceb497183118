"""Models that take Keras from TensorFlow, as older tutorials do."""

import keras_tuner as kt
import tensorflow as tf
from tensorflow import keras


def model_builder(hp):
    model = keras.Sequential()
    model.add(keras.layers.Flatten(input_shape=(8, 8, 1)))
    units = hp.Int("units", min_value=32, max_value=512, step=32)
    model.add(keras.layers.Dense(units=units, activation="relu"))
    model.add(keras.layers.Dense(10))
    rate = hp.Choice("learning_rate", values=[1e-2, 1e-3, 1e-4])
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


def network(hp, activation=None):
    return tf.keras.models.Sequential(
        [
            tf.keras.layers.Input(shape=(8, 8, 1)),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(hp.Int("units", 32, 64), activation=tf.nn.relu),
            tf.keras.layers.Dense(10, activation=activation),
        ]
    )


def compiled(model, loss):
    model.compile(tf.keras.optimizers.Adam(3e-3), loss, metrics=["accuracy"])
    return model


def loss_of_tensorflow(hp):
    return compiled(network(hp), tf.nn.softmax_cross_entropy_with_logits)


def sparse_loss_of_tensorflow(hp):
    def loss(labels, logits):
        labels = tf.cast(tf.reshape(labels, [-1]), tf.int32)
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)

    return compiled(network(hp), loss)


class DecoratedStep(tf.keras.Model):
    @tf.function
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x, y, y_pred)
        variables = self.trainable_variables
        self.optimizer.apply_gradients(
            zip(tape.gradient(loss, variables), variables, strict=True)
        )
        return self.compute_metrics(x, y, y_pred)


def decorated_step(hp):
    inputs = tf.keras.Input((8, 8, 1))
    x = tf.keras.layers.Flatten()(inputs)
    x = tf.keras.layers.Dense(hp.Int("units", 32, 64), activation="relu")(x)
    outputs = tf.keras.layers.Dense(10, activation="softmax")(x)
    model = DecoratedStep(inputs, outputs)
    return compiled(model, "sparse_categorical_crossentropy")


class Hyper(kt.HyperModel):
    def __init__(self, num_classes):
        super().__init__()
        self.num_classes = num_classes

    def build(self, hp):
        model = tf.keras.Sequential(
            [
                tf.keras.layers.Conv2D(hp.Int("filters", 16, 32), 3, activation="relu"),
                tf.keras.layers.GlobalMaxPooling2D(),
                tf.keras.layers.Dense(self.num_classes, activation="softmax"),
            ]
        )
        return compiled(model, "sparse_categorical_crossentropy")
