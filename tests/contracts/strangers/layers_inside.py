"""Noise, normalization, regularizers, frozen parts and layers of one's own."""

import keras
from keras import layers, ops


def compiled(hp, *inside):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            *inside,
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(3e-3),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def convolution(hp, **options):
    filters = hp.Int("filters", 8, 24, step=8, default=16)
    return layers.Conv2D(filters, 3, activation="relu", **options)


# Noise and normalization ----------------------------------------------------------


def noise(hp):
    deviation = hp.Float("deviation", 0.1, 0.8)
    return compiled(hp, layers.GaussianNoise(deviation), convolution(hp))


def dropouts(hp):
    inside = [
        convolution(hp),
        layers.SpatialDropout2D(hp.Float("rate", 0.1, 0.5)),
        layers.GaussianDropout(0.2),
        layers.AlphaDropout(0.1),
    ]
    return compiled(hp, *inside)


def batch_normalization(hp):
    momentum = hp.Choice("momentum", [0.9, 0.99])
    inside = [convolution(hp), layers.BatchNormalization(momentum=momentum)]
    return compiled(hp, *inside)


def other_normalizations(hp):
    inside = [layers.LayerNormalization(), layers.GroupNormalization(groups=4)]
    return compiled(hp, convolution(hp), *inside)


# Regularizers and constraints -----------------------------------------------------


def kernel_regularizers(hp):
    regularizer = keras.regularizers.L1L2(l1=1e-4, l2=hp.Choice("l2", [1e-4, 1.0]))
    return compiled(hp, convolution(hp, kernel_regularizer=regularizer))


def activity_regularizers(hp):
    inside = [
        convolution(hp, activity_regularizer=keras.regularizers.L2(1e-3)),
        layers.ActivityRegularization(l1=1e-4),
    ]
    return compiled(hp, *inside)


def constraints(hp):
    norm = hp.Choice("norm", [2.0, 0.05])
    constraint = keras.constraints.MaxNorm(norm, axis=[0, 1, 2])
    return compiled(hp, convolution(hp, kernel_constraint=constraint))


def spectral_normalization(hp):
    return compiled(hp, layers.SpectralNormalization(convolution(hp)))


# Frozen parts and shapes ----------------------------------------------------------


def frozen_base(hp):
    base = keras.Sequential([keras.Input((8, 8, 1)), convolution(hp)], name="base")
    base.trainable = False
    return compiled(hp, base, layers.BatchNormalization())


def frozen_after_compilation(hp):
    first = convolution(hp)
    model = compiled(hp, first)
    first.trainable = False
    return model


def constant_weights(hp):
    """Starts from values that the author keeps in his file."""
    first = layers.Conv2D(2, 2, use_bias=False)
    model = compiled(hp, first, convolution(hp))
    first.set_weights([ops.convert_to_numpy(ops.ones((2, 2, 1, 2)) * [1.0, -1.0])])
    return model


def strides(hp):
    inside = [convolution(hp, strides=2, padding="same"), layers.LeakyReLU(0.1)]
    return compiled(hp, *inside)


def separable(hp):
    inside = [
        layers.DepthwiseConv2D(3, depth_multiplier=8),
        layers.SeparableConv2D(16, 3, activation="swish"),
    ]
    return compiled(hp, *inside)


# Layers of one's own --------------------------------------------------------------


class Scale(layers.Layer):
    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones")

    def call(self, inputs):
        return inputs * self.scale


class Mask(layers.Layer):
    """Draws a mask for each batch from a generator of its own."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate
        self.generator = keras.random.SeedGenerator(1)

    def call(self, inputs, training=False):
        if not training:
            return inputs
        drawn = keras.random.uniform(ops.shape(inputs), seed=self.generator)
        return ops.where(drawn < self.rate, 0.0, inputs)


class Sparsity(layers.Layer):
    def call(self, inputs):
        self.add_loss(1e-4 * ops.sum(ops.abs(inputs)))
        return inputs


class Plain(layers.Layer):
    """Makes its layers when it is built, and keeps no configuration."""

    def build(self, shape):
        self.inner = layers.Dense(16, activation="relu")
        self.inner.build(shape)

    def call(self, inputs):
        return self.inner(inputs)


def own_weights(hp):
    return compiled(hp, convolution(hp), Scale())


def own_randomness(hp):
    return compiled(hp, Mask(hp.Choice("rate", [0.2, 0.9])), convolution(hp))


def own_loss(hp):
    return compiled(hp, convolution(hp), Sparsity())


def own_block(hp):
    return compiled(hp, convolution(hp), Plain())


def own_activation(hp):
    return compiled(hp, convolution(hp), layers.Activation(lambda x: ops.sin(3 * x)))
