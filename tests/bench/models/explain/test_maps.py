"""Maps show what a model looks at, and no more than that.

The checks follow Adebayo et al. 2018, "Sanity checks for saliency maps": a map that is
the same for trained and for random weights shows the image, not the model.
"""

from __future__ import annotations

import numpy as np
import pytest

from bench.errors import UsageError

PAIRS = [
    ("averaging", "grad-cam"),
    ("averaging", "occlusion"),
    ("flattening", "hires-cam"),
    ("flattening", "integrated-gradients"),
    ("flattening", "occlusion"),
    ("dense", "integrated-gradients"),
    ("dense", "occlusion"),
]
"""Kinds of models, and methods that fit them."""


@pytest.fixture(scope="module", autouse=True)
def _started(keras_started):
    """All of these tests need Keras."""


def explain(*arguments, **options):
    from bench.models.explain.maps import explain

    return explain(*arguments, **options)


def classes_of(squares, kind):
    return squares.colours if kind == "averaging" else squares.corners


@pytest.mark.parametrize(("kind", "method"), PAIRS)
def test_map_lies_on_the_square_that_the_class_depends_on(
    request, squares, kind, method
):
    model, classes = request.getfixturevalue(kind), classes_of(squares, kind)
    maps = explain([model], squares.images, classes, method=method)
    assert maps.values.shape == (12, 16, 16)
    assert maps.values.dtype == np.float32
    assert squares.shares(maps.values).min() > 0.55


@pytest.mark.parametrize(("kind", "method"), PAIRS)
def test_map_of_random_weights_does_not_lie_there(request, squares, kind, method):
    make = request.getfixturevalue(f"make_{kind}")
    classes = classes_of(squares, kind)
    shares = [
        squares.shares(
            explain([make(s)], squares.images, classes, method=method).values
        )
        for s in (1, 2)
    ]
    assert np.mean(shares) < 0.45  # a quarter of the image would have 0.25


def test_integrated_gradients_add_up_to_the_change_of_the_probability(dense, squares):
    maps = explain(
        [dense],
        squares.images,
        squares.corners,
        method="integrated-gradients",
        baseline=20.0,
    )
    empty = np.full((1, 16, 16, 3), 20.0)
    own = np.arange(12), squares.corners
    gain = dense.predict(squares.images, verbose=0)[own]
    gain -= dense.predict(empty, verbose=0)[0, squares.corners]
    assert np.abs(gain).max() > 0.5
    assert maps.values.sum(axis=(1, 2)) == pytest.approx(gain, abs=0.01)
    assert maps.gap < 0.01


def test_integrated_gradients_that_do_not_add_up_say_so(certain, squares):
    maps = explain(
        [certain], squares.images, squares.corners, method="integrated-gradients"
    )
    empty = certain.predict(np.zeros((1, 16, 16, 3)), verbose=0)[0, squares.corners]
    gaps = np.abs(1 - empty - maps.values.sum(axis=(1, 2)))
    assert maps.gap == pytest.approx(gaps.max(), abs=1e-3)
    assert maps.gap > 0.1


def test_both_activation_maps_are_equal_where_maps_are_averaged(averaging, squares):
    arguments = [averaging], squares.images, squares.colours
    one, other = (
        explain(*arguments, method=method).values
        for method in ("grad-cam", "hires-cam")
    )
    assert one.max() > 0
    assert one == pytest.approx(other, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize(
    ("kind", "method", "layer", "measured"),
    [
        ("averaging", "grad-cam", "sum", "score before the softmax"),
        ("flattening", "hires-cam", "sum", "score before the softmax"),
        ("dense", "integrated-gradients", "", "probability"),
    ],
)
def test_method_and_layer_follow_from_the_graph(
    request, squares, kind, method, layer, measured
):
    model, classes = request.getfixturevalue(kind), classes_of(squares, kind)
    maps = explain([model], squares.images, classes)
    assert (maps.method, maps.layer, maps.measured) == (method, layer, measured)


def test_transformer_is_not_explained_by_its_patches(squares):
    import keras

    images = keras.Input((16, 16, 3))
    x = keras.layers.Conv2D(8, 4, strides=4)(images)
    x = keras.layers.Reshape((-1, 8))(x)
    x = keras.layers.MultiHeadAttention(1, 8)(x, x)
    x = keras.layers.Dense(4, "softmax")(keras.layers.GlobalAveragePooling1D()(x))
    maps = explain([keras.Model(images, x)], squares.images[:1], np.array([0]))
    assert maps.method == "integrated-gradients"


@pytest.fixture(scope="module")
def certain(keras_started, flattening):
    """The same model, but with probabilities of 0 and 1 only."""
    import keras

    certain = keras.models.clone_model(flattening)
    certain.set_weights(flattening.get_weights())
    head = certain.get_layer("classes")
    head.set_weights([1000 * weights for weights in head.get_weights()])
    return certain


def test_score_of_a_certain_prediction_has_a_gradient(certain, squares):
    probabilities = certain.predict(squares.images, verbose=0)
    assert probabilities.max(axis=1).min() == 1.0
    maps = explain([certain], squares.images, squares.corners)
    assert squares.shares(maps.values).min() > 0.55


def test_end_that_is_no_softmax_is_explained_by_the_logarithm(squares, averaging):
    import keras

    halved = keras.layers.Rescaling(0.5)(averaging.output)
    model = keras.Model(averaging.input, halved)
    maps = explain([model], squares.images, squares.colours)
    assert maps.measured == "logarithm of the probability"
    assert squares.shares(maps.values).mean() > 0.55


def test_model_is_as_it_was_after_an_explanation(flattening, squares):
    before = flattening.predict(squares.images, verbose=0)
    for method in ("grad-cam", "occlusion", "integrated-gradients"):
        explain([flattening], squares.images, squares.corners, method=method)
    assert np.array_equal(flattening.predict(squares.images, verbose=0), before)
    assert "call" not in vars(flattening.layers[2].get_layer("sum"))


def test_several_models_are_explained_by_their_mean(make_flattening, squares):
    models = [make_flattening(seed) for seed in (1, 2)]
    arguments = squares.images, squares.corners
    one, other, both = (
        explain(m, *arguments).values for m in (models[:1], models[1:], models)
    )
    assert both == pytest.approx((one + other) / 2, abs=1e-6)


def test_named_layer_inside_the_network_is_used(flattening, squares):
    maps = explain([flattening], squares.images, squares.corners, layer="late_relu")
    assert maps.layer == "late_relu"


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        ("flattening", {"layer": "lat"}, "did you mean 'late'"),
        ("flattening", {"layer": "classes"}, "choose one of"),
        ("flattening", {"method": "gradcam"}, "did you mean 'grad-cam'"),
        ("flattening", {"method": "occlusion", "layer": "late"}, "leave out one"),
        ("dense", {"method": "grad-cam"}, "occlusion"),
    ],
)
def test_what_does_not_fit_is_refused(request, squares, kind, options, words):
    model = request.getfixturevalue(kind)
    with pytest.raises(UsageError, match=words):
        explain([model], squares.images, squares.corners, **options)


@pytest.mark.parametrize("shape", [(8, 8), (5, 17), (4, 4), (64, 48)])
def test_patches_cover_every_pixel(shape):
    from bench.models.explain.occlusion import patches

    covered = np.zeros(shape)
    for place in patches(*shape):
        covered[place] += 1
    assert covered.min() >= 1


def test_model_that_computes_in_bfloat16_is_explained(averaging, squares):
    import keras

    mixed = keras.models.clone_model(averaging)
    mixed.set_weights(averaging.get_weights())
    for layer in mixed.layers[:-1]:
        layer.dtype_policy = "mixed_bfloat16"
    maps = explain([mixed], squares.images, squares.colours, method="grad-cam")
    assert maps.values.dtype == np.float32
    assert squares.shares(maps.values).mean() > 0.5
