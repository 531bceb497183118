"""What is recommended for a data set, and why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from bench import datasets
from bench.datasets import Overview
from bench.errors import DatasetError
from bench.study.recommendation import Machine, command_words, recommend

CPU = Machine(cores=2, memory=2**33, has_gpu=False)
GPU = Machine(cores=16, memory=2**36, has_gpu=True)


def seen(
    images: int, side: int, *, is_gray: bool = False, largest: int = 0
) -> Overview:
    return Overview(
        dataset="folder:photos",
        images=images,
        class_counts=(images // 2, images - images // 2),
        smallest=(side, side),
        middle=(side, side),
        largest=(largest or side, largest or side),
        is_gray=is_gray,
    )


@pytest.mark.parametrize(
    ("overview", "machine", "expected"),
    [
        (
            seen(200, 375, largest=800),
            CPU,
            "search transfer finetune --dataset folder:photos --image-size 128 "
            "--time 1m",
        ),
        (
            seen(2_640, 128),
            CPU,
            "search transfer finetune --dataset folder:photos --time 10m",
        ),
        (
            seen(70_000, 28, is_gray=True),
            CPU,
            "search vgg lenet --dataset folder:photos --tuner bayesian --schedule asha "
            "--time 30m",
        ),
        (
            seen(60_000, 32),
            GPU,
            "search resnet vgg --dataset folder:photos --tuner bayesian --schedule "
            "asha --time 10m",
        ),
        (
            seen(50_000, 224),
            CPU,
            "search cnn vgg --dataset folder:photos --image-size 64 --tuner bayesian "
            "--schedule asha --time 8h",
        ),
        (
            seen(900, 300, is_gray=True),
            CPU,
            "search transfer cnn --dataset folder:photos --image-size 128 --time 5m",
        ),
    ],
)
def test_command_suits_images_and_machine(
    overview: Overview, machine: Machine, expected: str
) -> None:
    advice = recommend(overview, machine)
    assert command_words(overview, advice) == expected
    precision = ["precision"] if "--precision" in expected else []
    assert [each.about for each in advice] == [
        "families",
        "image size",
        "tuner",
        *precision,
        "time",
    ]
    assert all(each.reason for each in advice)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number, name in enumerate(("cat", "dog")):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for place in range(3 + number):
            image = Image.new("RGB", (60 + 20 * place, 50 + 10 * place))
            image.save(tmp_path / "photos" / name / f"{place}.png")
    return tmp_path / "photos"


def test_look_counts_images_classes_and_pixels(photos: Path, dataset: str) -> None:
    found = datasets.look_at(datasets.place_of(str(photos)), None)
    assert (found.images, found.class_counts) == (7, (3, 4))
    assert (found.smallest, found.middle, found.largest) == (
        (50, 60),
        (60, 80),
        (80, 120),
    )
    assert not found.is_gray
    arrays = datasets.look_at(datasets.place_of(dataset.removeprefix("npz:")), None)
    assert (arrays.images, arrays.class_counts) == (90, (30, 30, 30))
    assert (arrays.middle, arrays.is_gray) == ((6, 6), True)


def test_data_set_that_is_not_here_is_not_fetched(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="datasets --fetch mnist fetches it"):
        datasets.look_at("mnist", tmp_path)
    with pytest.raises(DatasetError, match="unknown data set 'nowhere'"):
        datasets.place_of("nowhere")


def test_command_prints_what_it_saw_and_a_command_to_copy(
    photos: Path, capsys: pytest.CaptureFixture[str], given: Callable
) -> None:
    assert given("which", photos) == 0
    out = capsys.readouterr().out
    assert "7 images of 2 classes (3 to 4 of each), colour, 60x80 in the middle" in out
    last = out.splitlines()[-1]
    words = f"search transfer finetune --dataset {photos} "
    assert last.startswith(f"python -m bench {words}")
    assert out.startswith("photos: ")
    assert given("which", photos, "--json") == 0
    assert '"command": "python -m bench search transfer' in capsys.readouterr().out


@pytest.fixture
def given() -> Callable[..., int]:
    from bench.cli import main

    def given(*words: object) -> int:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        return int(ended.value.code or 0)

    return given
