"""The networks of ``keras.applications`` that families use, without their top."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
from keras import ops

from search_spaces.family import UnsupportedTaskError

SIDES = (96, 128, 160, 192, 224)
"""Sides, in pixels, for which Keras has weights of their own of some networks."""


@dataclass(frozen=True, kw_only=True)
class Backbone:
    """A network pretrained on ImageNet.

    Attributes:
        kind: Name in ``keras.applications``.
        file: Name under which Keras stores the weights; ``{side}`` stands for the side
            of the images that they are for.
        marker: Name of a layer that no other network in ``BACKBONES`` has.
        cuts: Names of the layers after which the last one, two and three blocks begin.
        preprocess: Maps images in [-1, 1] to the pixel range of the pretraining.
        products: Multiplications for each pixel of its input, all channels together.
    """

    kind: str
    file: str
    marker: str
    cuts: tuple[str, str, str]
    preprocess: Callable[[Any], Any]
    products: int


def _as_is(images: Any) -> Any:
    return images


def _to_255(images: Any) -> Any:
    return keras.layers.Rescaling(127.5, offset=127.5)(images)


def _to_caffe(images: Any) -> Any:
    """Map to channels in the order blue, green, red, less their means over ImageNet."""
    means = (123.68, 116.779, 103.939)
    offsets = [127.5 - mean for mean in means]
    return ops.flip(keras.layers.Rescaling(127.5, offset=offsets)(images), axis=-1)


BACKBONES = {
    "mobilenet_v2": Backbone(
        kind="MobileNetV2",
        file="mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_{side}_no_top.h5",
        marker="expanded_conv_depthwise",
        cuts=("block_16_project_BN", "block_15_add", "block_14_add"),
        preprocess=_as_is,
        products=6_000,
    ),
    "vgg16": Backbone(
        kind="VGG16",
        file="vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
        marker="block1_conv1",
        cuts=("block4_pool", "block3_pool", "block2_pool"),
        preprocess=_to_caffe,
        products=306_000,
    ),
    "resnet50": Backbone(
        kind="ResNet50",
        file="resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
        marker="conv2_block1_1_conv",
        cuts=("conv5_block2_out", "conv5_block1_out", "conv4_block6_out"),
        preprocess=_to_caffe,
        products=77_000,
    ),
    "efficientnet_b0": Backbone(
        kind="EfficientNetB0",
        file="efficientnetb0_notop.h5",
        marker="block1a_dwconv",
        cuts=("block7a_project_bn", "block6d_add", "block6c_add"),
        preprocess=_to_255,
        products=7_800,
    ),
}


def downloads() -> Path:
    """Return the folder in which Keras keeps the weights that it downloads."""
    home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))
    return home / "models"


def downloaded(name: str) -> list[Path]:
    """List the files in which Keras may have stored the weights of a network.

    Args:
        name: A key of ``BACKBONES``.
    """
    files = (BACKBONES[name].file.format(side=side) for side in reversed(SIDES))
    return [downloads() / file for file in dict.fromkeys(files)]


def owner(path: Path) -> str:
    """Return the key in ``BACKBONES`` of the network that a file of weights belongs to.

    Raises:
        UnsupportedTaskError: Keras can't load the file, or it holds the weights of
            another network.
    """
    import h5py

    if not os.path.isfile(path):  # opening a FIFO would wait for a writer
        raise UnsupportedTaskError(
            f"weights must be a file that Keras can load; {str(path)!r} is no file: "
            "give another by --weights"
        )
    try:
        with h5py.File(path) as file:
            layers = {str(name) for name in file} | set(
                map(str, file.get("layers", ()))
            )
    except OSError as error:
        raise UnsupportedTaskError(
            f"weights must be a file that Keras can load; {str(path)!r} isn't "
            f"({error}): give another by --weights"
        ) from error
    for name, backbone in BACKBONES.items():
        if backbone.marker in layers:
            return name
    kinds = ", ".join(backbone.kind for backbone in BACKBONES.values())
    raise UnsupportedTaskError(
        f"weights must be those of one of {kinds}, without its top; {str(path)!r} "
        "holds others: give another by --weights"
    )
