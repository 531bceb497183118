"""Functional models: branches, shared layers, several inputs and outputs."""

import keras
from keras import layers


def compiled(inputs, outputs, loss="sparse_categorical_crossentropy"):
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(3e-3), loss, metrics=["accuracy"])
    return model


def output(x, **options):
    return layers.Dense(10, activation="softmax", **options)(x)


def residual(hp):
    inputs = keras.Input((8, 8, 1), name="image")
    x = layers.Conv2D(hp.Int("filters", 8, 32), 3, padding="same")(inputs)
    y = layers.BatchNormalization()(x)
    y = layers.Activation("relu")(y)
    y = layers.Conv2D(hp.get("filters"), 3, padding="same")(y)
    x = layers.Activation("relu")(layers.Add()([x, y]))
    x = layers.Flatten()(layers.MaxPooling2D()(x))
    return compiled(inputs, output(x, name="digit"))


def branches(hp):
    inputs = keras.Input((8, 8, 1))
    sides = [
        layers.Conv2D(hp.Int("filters", 8, 32), size, padding="same")(inputs)
        for size in (1, 3, 5)
    ]
    x = layers.Activation("relu")(layers.Concatenate()(sides))
    return compiled(inputs, output(layers.Flatten()(layers.MaxPooling2D()(x))))


def shared_layer(hp):
    inputs = keras.Input((8, 8, 1))
    shared = layers.Dense(hp.Int("units", 16, 64), activation="relu")
    upper = layers.Flatten()(layers.Cropping2D(((0, 4), (0, 0)))(inputs))
    lower = layers.Flatten()(layers.Cropping2D(((4, 0), (0, 0)))(inputs))
    return compiled(inputs, output(layers.concatenate([shared(upper), shared(lower)])))


def any_size(hp):
    inputs = keras.Input((None, None, 1))
    x = layers.Conv2D(hp.Int("filters", 32, 64), 3, activation="relu")(inputs)
    x = layers.Conv2D(hp.get("filters"), 3, activation="relu")(x)
    return compiled(inputs, output(layers.GlobalMaxPooling2D()(x)))


def operations(hp):
    inputs = keras.Input((8, 8, 1))
    x = keras.ops.reshape(2 * inputs - 1, (-1, 64))
    x = keras.ops.relu(layers.Dense(hp.Int("units", 16, 64))(x))
    return compiled(inputs, keras.ops.softmax(layers.Dense(10)(x)))


def attention(hp):
    inputs = keras.Input((8, 8, 1))
    rows = layers.Reshape((8, 8))(inputs)
    x = layers.MultiHeadAttention(hp.Int("heads", 2, 4), key_dim=8)(rows, rows)
    x = layers.LayerNormalization()(layers.add([x, rows]))
    return compiled(inputs, output(layers.Flatten()(x)))


def recurrent(hp):
    inputs = keras.Input((8, 8, 1))
    x = layers.GRU(hp.Int("units", 24, 48))(layers.Reshape((8, 8))(inputs))
    return compiled(inputs, output(x))


def dictionary_of_one_input(hp):
    inputs = keras.Input((8, 8, 1), name="image")
    x = layers.Flatten()(inputs)
    return compiled({"image": inputs}, output(x))


def list_of_one_output(hp):
    inputs = keras.Input((8, 8, 1))
    x = layers.Dense(hp.Int("units", 16, 64), activation="relu")(
        layers.Flatten()(inputs)
    )
    return compiled(inputs, [output(x)])


def two_inputs(hp):
    image, other = keras.Input((8, 8, 1)), keras.Input((4,))
    x = layers.concatenate([layers.Flatten()(image), other])
    return compiled([image, other], output(x))


def two_outputs(hp):
    inputs = keras.Input((8, 8, 1))
    x = layers.Flatten()(inputs)
    digit, odd = output(x), layers.Dense(1, activation="sigmoid")(x)
    model = keras.Model(inputs, [digit, odd])
    losses = ["sparse_categorical_crossentropy", "binary_crossentropy"]
    model.compile("adam", losses)
    return model


def too_many_outputs(hp):
    inputs = keras.Input((8, 8, 1))
    x = layers.Dense(12, activation="softmax")(layers.Flatten()(inputs))
    return compiled(inputs, x)


def too_few_outputs(hp):
    inputs = keras.Input((8, 8, 1))
    x = layers.Dense(5, activation="softmax")(layers.Flatten()(inputs))
    return compiled(inputs, x, "categorical_crossentropy")


def output_for_each_pixel(hp):
    inputs = keras.Input((8, 8, 1))
    return compiled(inputs, output(inputs))


def image_to_image(hp):
    inputs = keras.Input((8, 8, 1))
    x = layers.Conv2D(1, 3, padding="same", activation="sigmoid")(inputs)
    return compiled(inputs, x, "mse")


def uncompiled(hp):
    inputs = keras.Input((8, 8, 1))
    return keras.Model(inputs, output(layers.Flatten()(inputs)))


def other_images(hp):
    inputs = keras.Input((28, 28, 1))
    return compiled(inputs, output(layers.Flatten()(inputs)))
