"""Predictions of a study are explained by a command, in tables and pictures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

Bench = Callable[..., int]


def explain(bench, searched, capsys, *words):
    assert bench("explain", *words, "--results", searched, "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_test_images_are_explained_and_drawn(
    searched: Path, bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = explain(bench, searched, capsys, "linear", "--count", "5")
    assert answer["method"] == "integrated-gradients"
    assert answer["seeds"] == [0, 1]
    assert len({row["file"] for row in answer["images"]}) == 5
    for row in answer["images"]:
        assert row["label"] == Path(row["image"]).parent.name
        assert row["prediction"] in ("bottom", "middle", "top")
    for path in (answer["mosaic"], *(row["file"] for row in answer["images"])):
        assert Path(path).is_relative_to(searched / "explanations")
        with Image.open(path) as image:
            assert min(image.size) > 200


def test_images_of_a_user_are_explained_in_a_folder_that_he_names(
    searched: Path,
    photos: Path,
    bench: Bench,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    words = ("linear", photos / "top", "--count", "2", "--seed", "1", "--to", tmp_path)
    answer = explain(bench, searched, capsys, *words, "--method", "occlusion")
    assert answer["method"] == "occlusion"
    assert answer["seeds"] == [1]
    assert [row["label"] for row in answer["images"]] == [None, None]
    assert "the first 2 of 40" in answer["notes"][-1]
    assert {path.name for path in tmp_path.iterdir()} == {
        "mosaic-occlusion.png",
        "top-top-00-occlusion.png",
        "top-top-01-occlusion.png",
    }


def test_denoisers_are_refused_in_one_line(
    searched: Path, bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench("explain", "autoencoder", "--results", searched) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "takes a study of classifiers" in error


def test_unknown_method_is_refused_before_a_model_is_loaded(
    searched: Path, bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench("explain", "linear", "--method", "lime", "--results", searched) == 2
    assert "methods: grad-cam" in capsys.readouterr().err


class ShortTest:
    """Test images of which some are predicted wrong."""

    def __init__(self, wrong, right):
        from bench.datasets import Split

        count = wrong + right
        images = np.arange(count, dtype=np.uint8)[:, None, None, None]
        self.test = Split(images=images, labels=np.zeros(count, np.int64))
        self.wrong = np.arange(wrong)[::-1]

    def name(self, index):
        return str(index)


@pytest.mark.parametrize(
    ("wrong", "right", "count", "chosen"),
    [
        (6, 100, 6, [5, 4, 3, 2, 6, 105]),
        (1, 4, 4, [0, 1, 2, 4]),
        (9, 1, 6, [8, 7, 6, 5, 4, 9]),
        (0, 3, 6, [0, 1, 2]),
        (3, 0, 6, [2, 1, 0]),
    ],
)
def test_mistakes_come_first_and_right_predictions_from_everywhere(
    keras_started, wrong, right, count, chosen
):
    from bench.models.explain.choosing import telling

    unseen = telling(ShortTest(wrong, right), count)
    assert [int(name) for name in unseen.names] == chosen
    assert unseen.images.ravel().tolist() == chosen


def test_images_of_one_name_get_files_of_their_own(
    searched: Path, photos: Path, chosen: Callable, tmp_path: Path
) -> None:
    from bench.models.explain.choosing import given
    from bench.models.explain.images import explain_images
    from bench.models.loading import classifiers

    image = photos / "top" / "top-00.png"
    ensemble = classifiers(searched, chosen("linear"))
    unseen = given([image, image], ensemble.record, count=2)
    found = explain_images("linear", ensemble, unseen)
    names = [path.name for path in found.write(tmp_path)]
    assert len(set(names)) == 3
    assert names[1:] == [
        "top-top-00-integrated-gradients.png",
        "top-top-00-2-integrated-gradients.png",
    ]
