"""Images under the colours of their maps."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from bench.report.plots.explanations import Explained, Explanations, overlay
from bench.report.plots.style import png


def explained(shape=(8, 8, 1), **values):
    usual = {"predicted": "cat", "probability": 0.9}
    image = np.full(shape, 90, np.uint8)
    heat = np.linspace(-1, 1, shape[0] * shape[1]).reshape(shape[:2])
    return Explained(image=image, heat=heat, **(usual | values))


def drawn(*examples, is_signed=False):
    plot = Explanations(
        name="x.png",
        title="a study",
        method="occlusion",
        is_signed=is_signed,
        examples=examples,
    )
    return Image.open(io.BytesIO(png(plot, "digest")))


@pytest.mark.parametrize("is_signed", [False, True])
@pytest.mark.parametrize("count", [1, 4, 5])
def test_any_number_of_images_is_drawn(count, is_signed):
    image = drawn(*[explained(true="dog")] * count, is_signed=is_signed)
    assert min(image.size) > 200


def test_images_may_be_oblong_coloured_and_of_hostile_names():
    name = "$x_{1$ \x1b[31m漢字 " + "very long " * 20
    example = explained((20, 50, 3), predicted=name, true=name, name=name)
    assert min(drawn(example, example).size) > 200


def test_strongest_pixel_is_brightest_and_small_images_are_enlarged():
    image, heat = np.full((8, 8, 1), 90, np.uint8), np.zeros((8, 8))
    heat[2, 5] = 0.001  # by its own scale, however small
    mixed = overlay(image, heat, is_signed=False)
    assert mixed.shape == (128, 128, 3)
    row, column = np.unravel_index(mixed.sum(axis=2).argmax(), (128, 128))
    assert (row // 16, column // 16) == (2, 5)


def test_sign_decides_between_red_and_blue():
    image, heat = np.full((128, 128, 1), 90, np.uint8), np.zeros((128, 128))
    heat[0, 0], heat[0, 1] = 1, -1
    red, blue = overlay(image, heat, is_signed=True)[0, :2]
    assert red[0] > red[2]
    assert blue[2] > blue[0]


def test_map_of_zeros_leaves_the_image_as_it_is_gray():
    image = np.arange(64, dtype=np.uint8).reshape(8, 8, 1)
    mixed = overlay(image, np.zeros((8, 8)), is_signed=False)
    assert np.isfinite(mixed).all()


@pytest.mark.parametrize(
    ("values", "lines"),
    [
        ({}, ["cat (90.0%)"]),
        ({"true": "cat"}, ["cat (90.0%)", "right"]),
        ({"true": "dog"}, ["cat (90.0%)", "wrong: it is dog"]),
        ({"probability": 0.99999}, ["cat (>99.9%)"]),
        ({"probability": 1.0}, ["cat (100.0%)"]),
    ],
)
def test_caption_says_in_words_whether_a_prediction_is_right(values, lines):
    assert explained(**values).caption(80).split("\n") == lines
