"""Subclasses of ``keras.Model`` that override parts of their training."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops


def compiled(model, loss="sparse_categorical_crossentropy"):
    model.compile(keras.optimizers.Adam(3e-3), loss, metrics=["accuracy"])
    return model


class Own(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.flatten = layers.Flatten()
        self.hidden = layers.Dense(units, activation="relu")
        self.dropout = layers.Dropout(0.2)
        self.normalization = layers.BatchNormalization()
        self.last = layers.Dense(10, activation="softmax")

    def call(self, inputs, training=False):
        x = self.hidden(self.flatten(inputs))
        x = self.dropout(self.normalization(x, training=training), training=training)
        return self.last(x)


def own_call(hp):
    return compiled(Own(hp.Int("units", 32, 64)))


class Functional(keras.Model):
    """Made by ``model(units)``, a functional model with the methods of a subclass."""

    @classmethod
    def of(cls, hp, **options):
        inputs = keras.Input((8, 8, 1))
        x = layers.Dense(hp.Int("units", 32, 64), activation="relu")(
            layers.Flatten()(inputs)
        )
        return cls(inputs, layers.Dense(10, activation="softmax")(x), **options)


class TrainStep(Functional):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(
            zip(gradients, self.trainable_variables, strict=True)
        )
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics}


def train_step(hp):
    return compiled(TrainStep.of(hp))


class Mixup(Functional):
    """Mixes images and one-hot labels within its step, and tracks its own loss."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.mean_loss = keras.metrics.Mean(name="mixed_loss")

    @property
    def metrics(self):
        return [self.mean_loss]

    def train_step(self, data):
        x, y = data
        share = tf.random.uniform((), 0.0, 0.3)
        x = (1 - share) * x + share * tf.reverse(x, [0])
        y = (1 - share) * y + share * tf.reverse(y, [0])
        with tf.GradientTape() as tape:
            loss = keras.losses.categorical_crossentropy(y, self(x, training=True))
            loss = tf.reduce_mean(loss)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        self.mean_loss.update_state(loss)
        return {"mixed_loss": self.mean_loss.result()}

    def test_step(self, data):
        x, y = data
        loss = keras.losses.categorical_crossentropy(y, self(x, training=False))
        self.mean_loss.update_state(loss)
        return {"mixed_loss": self.mean_loss.result()}


def mixup(hp):
    model = Mixup.of(hp)
    model.compile(keras.optimizers.Adam(3e-3), loss="categorical_crossentropy")
    return model


class ComputeLoss(Functional):
    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        entropy = keras.losses.sparse_categorical_crossentropy(y, y_pred)
        dark = ops.mean(x, axis=(1, 2, 3)) < 0.3
        return ops.mean(entropy * ops.where(dark, 2.0, 1.0))


def compute_loss_of_images(hp):
    model = ComputeLoss.of(hp)
    model.compile(keras.optimizers.Adam(3e-3), metrics=["accuracy"])
    return model


class ComputeMetrics(Functional):
    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        results = super().compute_metrics(x, y, y_pred, sample_weight)
        results["brightness"] = ops.mean(x)
        return results


def compute_metrics_of_images(hp):
    return compiled(ComputeMetrics.of(hp))


class NeverNines(Functional):
    """Its ``fit`` gives nines no weight, so that it never learns them."""

    def fit(self, x, y, **kwargs):
        kwargs["class_weight"] = {i: float(i != 9) for i in range(10)}
        return super().fit(x, y, **kwargs)


def own_fit(hp):
    return compiled(NeverNines.of(hp))


class FitOnOthers(Functional):
    """Its ``fit`` trains on its own images as well: every image, and its mirror."""

    def fit(self, x, y, **kwargs):
        return super().fit(
            np.concatenate([x, x[:, :, ::-1]]), np.concatenate([y, y]), **kwargs
        )


def fit_on_mirrored(hp):
    return compiled(FitOnOthers.of(hp))


class OwnPredictStep(Functional):
    def predict_step(self, data):
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        return ops.square(self(x, training=False))


def predict_step(hp):
    return compiled(OwnPredictStep.of(hp))


class WithRegularizer(Own):
    def call(self, inputs, training=False):
        outputs = super().call(inputs, training=training)
        self.add_loss(1e-3 * ops.sum(ops.square(outputs)))
        return outputs


def added_loss(hp):
    return compiled(WithRegularizer(hp.Int("units", 32, 64)))


class OwnCompile(Functional):
    def compile(self, optimizer, temperature):
        super().compile(optimizer=optimizer, metrics=["accuracy"])
        self.temperature = temperature

    def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
        logits = ops.log(y_pred + 1e-7) / self.temperature
        return ops.mean(
            keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=True)
        )


def own_compile(hp):
    model = OwnCompile.of(hp)
    model.compile(keras.optimizers.Adam(3e-3), hp.Float("temperature", 0.5, 2.0))
    return model
