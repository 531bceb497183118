"""What to search on a data set, by what was measured; imports no Keras.

The figures are those of the README and of ``performance/README.md``, from two cores
unless they say otherwise.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from bench.datasets import Overview
from bench.records.durations import exact

PHOTOGRAPH = 48
"""Side, in pixels, from which coloured images are taken for photographs."""

MANY = 20_000
"""Number of photographs from which training from scratch is worth its time."""

PHOTOGRAPH_SIDE = 128
"""Side, in pixels, at which photographs were measured."""

SCRATCH_SIDE = 64
"""Maximum side, in pixels, of images that networks are trained on from scratch."""

_SIDE_STEP = 8

_PHOTOGRAPH_SECONDS = 8 * 60 / 2640
"""Seconds of a search of finetune for each photograph, on two cores."""

_IMAGE_SECONDS = 0.41e-3
"""Seconds of lenet for a 28x28 image of an epoch, on one core."""

_EPOCHS = 100
"""Epochs of full length for which a search from scratch should have time."""

_GPU_GAIN = 20
"""By how much a GPU is faster than a core at least: lenet on MNIST took 0.22 s an epoch
on an H100, and 21 s on one core."""

_ROUND_MINUTES = (1, 2, 5, 10, 20, 30, 60, 120, 240, 480)


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What trains.

    Attributes:
        cores: Number of cores.
        memory: Bytes that are free.
        has_gpu: Whether there is a GPU.
    """

    cores: int
    memory: int
    has_gpu: bool


@dataclass(frozen=True, kw_only=True)
class Advice:
    """One part of a recommendation.

    Attributes:
        about: Such as ``families``.
        words: As they are typed in the command; empty to leave it at its default.
        shown: In words.
        reason: Why, with what it was measured on.
    """

    about: str
    words: tuple[str, ...]
    shown: str
    reason: str


def recommend(seen: Overview, machine: Machine) -> list[Advice]:
    """Recommend families, image size, tuner and time for a data set."""
    return [*_advice(seen, machine)]


def command_words(seen: Overview, advice: list[Advice]) -> str:
    """The command of a recommendation, without the name of the program."""
    families, *others = (each.words for each in advice)
    words = ["search", *families, "--dataset", seen.dataset]
    return shlex.join([*words, *(word for each in others for word in each)])


def _advice(seen: Overview, machine: Machine) -> Iterator[Advice]:
    pretrained = seen.side >= PHOTOGRAPH and seen.images < MANY
    yield _families(seen, machine, pretrained)
    yield _size(seen, pretrained)
    if pretrained:
        yield Advice(
            about="tuner",
            words=(),
            shown="hyperband, the default",
            reason="the features of a frozen network are computed once, and trials on "
            "them take seconds",
        )
    else:
        yield Advice(
            about="tuner",
            words=("--tuner", "bayesian", "--schedule", "asha"),
            shown="bayesian with asha",
            reason="after 5 minutes on Fashion-MNIST it was ahead of hyperband, and of "
            "the searches of Keras Tuner and Optuna",
        )
    yield _time(seen, machine, pretrained)


def _families(seen: Overview, machine: Machine, pretrained: bool) -> Advice:
    if pretrained and seen.is_gray:
        names = ("transfer", "cnn")
        reason = (
            f"{seen.images:,} gray images are few to train from scratch; pretrained "
            "networks take them too, but were measured on colours only: compare"
        )
    elif pretrained:
        names = ("transfer", "finetune")
        reason = (
            f"{seen.images:,} photographs: on 2,640 of cats and dogs finetune reached "
            "0.972 and transfer 0.957, the best of 14 families from scratch 0.722"
        )
    elif seen.is_gray:
        names = ("vgg", "lenet")
        reason = "on Fashion-MNIST vgg reached 0.924, lenet 0.916 and dense 0.881"
    elif machine.has_gpu:
        names = ("resnet", "vgg")
        reason = (
            "on CIFAR-10 resnet was ahead with 0.880, and a GPU makes it affordable"
        )
    else:
        names = ("cnn", "vgg")
        reason = (
            "on CIFAR-10 resnet was ahead with 0.880, but one training took 25 minutes "
            "of two cores; these take a fraction of it"
        )
    shown = " and ".join(names)
    return Advice(about="families", words=names, shown=shown, reason=reason)


def _size(seen: Overview, pretrained: bool) -> Advice:
    wanted = PHOTOGRAPH_SIDE if pretrained else SCRATCH_SIDE
    if seen.has_one_size and seen.side <= wanted:
        height, width = seen.middle
        return Advice(
            about="image size",
            words=(),
            shown=f"{height}x{width}, as they are",
            reason=f"all images have this size, no larger than {wanted} pixels",
        )
    side = max(_SIDE_STEP, min(wanted, seen.side) // _SIDE_STEP * _SIDE_STEP)
    if pretrained:
        reason = (
            "both were measured at 128 pixels, and enlarge images to 224 where that "
            "helps; larger images take more memory"
        )
    else:
        reason = "from scratch, the time of an epoch grows with the pixels"
    return Advice(
        about="image size",
        words=("--image-size", str(side)),
        shown=f"{side}x{side}",
        reason=reason,
    )


def _time(seen: Overview, machine: Machine, pretrained: bool) -> Advice:
    speed = _GPU_GAIN if machine.has_gpu else machine.cores
    if pretrained:
        seconds = seen.images * _PHOTOGRAPH_SECONDS * 2 / speed
        reason = "finetune took 8 minutes of two cores for 2,640 photographs"
    else:
        side = min(seen.side, SCRATCH_SIDE)
        pixels = side * side * (1 if seen.is_gray else 3) / 28**2
        seconds = _EPOCHS * seen.images * _IMAGE_SECONDS * pixels / speed
        reason = (
            f"about {_EPOCHS} epochs of a network like lenet at the pace measured; "
            "plan says more exactly"
        )
    return Advice(
        about="time",
        words=("--time", exact(_round(seconds))),
        shown=f"{exact(_round(seconds))} for each family",
        reason=reason,
    )


def _round(seconds: float) -> float:
    """The next larger round number of minutes."""
    minutes = next((m for m in _ROUND_MINUTES if 60 * m >= seconds), _ROUND_MINUTES[-1])
    return 60.0 * minutes
