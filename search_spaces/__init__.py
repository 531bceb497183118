"""Model families: each a Keras Tuner hypermodel with a search space, in one file.

``FAMILIES`` is the whole table. To add a family, write its file and add its line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

CLASSIFICATION = "classification"
DENOISING = "denoising"
GENERATION = "generation"
"""What families are for."""

DENOISING_OPTIONS: Mapping[str, float] = {
    "noise_mean": 0.1,
    "noise_variance": 0.3,
    "min_compression": 10.0,
}
"""What denoisers may be given, and what it is where it isn't."""

FID_NETWORKS = ("classifier", "inception")
"""Whose features generators are judged by: an option of theirs."""


class Entry(NamedTuple):
    """Where a family is, a line that says what it is, whether it takes weights that
    were trained before, and what it is for.
    """

    location: str
    description: str
    is_pretrained: bool = False
    goal: str = CLASSIFICATION


FAMILIES: dict[str, Entry] = {
    "linear": Entry("search_spaces.linear:Linear", "one dense layer on the pixels"),
    "mlp": Entry(
        "search_spaces.mlp:MLP", "two hidden dense layers of their own widths"
    ),
    "dense": Entry(
        "search_spaces.dense:Dense", "four hidden dense layers, no convolution"
    ),
    "simple_cnn": Entry(
        "search_spaces.simple_cnn:SimpleCNN", "two convolutions and a dense layer"
    ),
    "cnn": Entry("search_spaces.cnn:CNN", "four convolutions and two dense layers"),
    "lenet": Entry("search_spaces.lenet:LeNet", "three convolutions and dense 120, 84"),
    "alexnet": Entry(
        "search_spaces.alexnet:AlexNet", "five convolutions, the first ones wide"
    ),
    "zfnet": Entry("search_spaces.zfnet:ZFNet", "AlexNet with smaller kernels"),
    "vgg": Entry(
        "search_spaces.vgg:VGG", "stacks of 3x3 convolutions between poolings"
    ),
    "resnet": Entry(
        "search_spaces.resnet:ResNet", "6n+2 layers of residual blocks, by SGD"
    ),
    "wide_resnet": Entry(
        "search_spaces.wide_resnet:WideResNet", "few residual blocks, but wide ones"
    ),
    "small_filters": Entry(
        "search_spaces.small_filters:SmallFilters",
        "3x3 convolutions within 57,332 parameters",
    ),
    "convnext": Entry(
        "search_spaces.convnext:ConvNeXt", "depthwise 7x7 convolutions on patches"
    ),
    "vit": Entry("search_spaces.vit:ViT", "a transformer on patches"),
    "transfer": Entry(
        "search_spaces.transfer:Transfer",
        "a dense head on a frozen pretrained network",
        is_pretrained=True,
    ),
    "finetune": Entry(
        "search_spaces.finetune:Finetune",
        "the last blocks of a pretrained network too",
        is_pretrained=True,
    ),
    "autoencoder": Entry(
        "search_spaces.autoencoder:Autoencoder",
        "takes noise out of images, through a small code",
        goal=DENOISING,
    ),
    "dcgan": Entry(
        "search_spaces.dcgan:DCGAN",
        "makes images, trained against a network that tells them apart",
        goal=GENERATION,
    ),
}
