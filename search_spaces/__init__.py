"""Model families: Keras Tuner hypermodels with a search space, one file each.

``FAMILIES`` lists all of them. A new family is a file beside this one and an entry in
that table. Importing this package does not import Keras.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from search_spaces.parts.options import (
    CLASSIFICATION_OPTIONS,
    DENOISING_OPTIONS,
    FOREIGN,
    FOREIGN_OPTIONS,
    GENERATION_OPTIONS,
    PRETRAINED_OPTIONS,
    Option,
)

CLASSIFICATION = "classification"
DENOISING = "denoising"
GENERATION = "generation"

TASK_TYPE_OPTIONS: Mapping[str, tuple[Option, ...]] = {
    CLASSIFICATION: CLASSIFICATION_OPTIONS,
    DENOISING: DENOISING_OPTIONS,
    GENERATION: GENERATION_OPTIONS,
}
"""Options that every family of a task type takes."""


class Entry(NamedTuple):
    """Entry of a family in ``FAMILIES``.

    Attributes:
        location: ``module:Class`` of the family.
        description: Description for users, on one line.
        task_type: ``CLASSIFICATION``, ``DENOISING`` or ``GENERATION``.
        family_options: Options of this family, beside those of its task type.
        ranks_in_bfloat16: Whether its configurations were found to rank in bfloat16 as
            in float32, as far as two trainings of each can agree.
        gives_features: Whether the input of the family's last layer describes an image
            well enough to compute FID and KID from it.
    """

    location: str
    description: str
    task_type: str = CLASSIFICATION
    family_options: tuple[Option, ...] = ()
    gives_features: bool = True
    ranks_in_bfloat16: bool = False

    @property
    def options(self) -> tuple[Option, ...]:
        """All options that the family takes beside those of every search."""
        return (*self.family_options, *TASK_TYPE_OPTIONS[self.task_type])


FAMILIES: dict[str, Entry] = {
    "linear": Entry(
        "search_spaces.linear:Linear",
        "one dense layer on the pixels",
        gives_features=False,
    ),
    "mlp": Entry(
        "search_spaces.mlp:MLP", "two hidden dense layers of different widths"
    ),
    "dense": Entry(
        "search_spaces.dense:Dense", "four hidden dense layers of equal width"
    ),
    "simple_cnn": Entry(
        "search_spaces.simple_cnn:SimpleCNN",
        "two convolutions and a hidden dense layer",
        ranks_in_bfloat16=True,
    ),
    "cnn": Entry(
        "search_spaces.cnn:CNN",
        "four convolutions and two hidden dense layers",
        ranks_in_bfloat16=True,
    ),
    "lenet": Entry(
        "search_spaces.lenet:LeNet",
        "two or three convolutions, dense layers of 120 and 84 units",
        ranks_in_bfloat16=True,
    ),
    "alexnet": Entry(
        "search_spaces.alexnet:AlexNet",
        "five convolutions, the first two with large kernels",
    ),
    "zfnet": Entry(
        "search_spaces.zfnet:ZFNet", "AlexNet with a finer first convolution"
    ),
    "vgg": Entry(
        "search_spaces.vgg:VGG",
        "blocks of 3x3 convolutions, each followed by pooling",
        ranks_in_bfloat16=True,
    ),
    "resnet": Entry(
        "search_spaces.resnet:ResNet",
        "residual network of 6n+2 layers, trained by SGD",
        ranks_in_bfloat16=True,
    ),
    "wide_resnet": Entry(
        "search_spaces.wide_resnet:WideResNet",
        "residual network of few but wide blocks",
    ),
    "small_filters": Entry(
        "search_spaces.small_filters:SmallFilters",
        "3x3 convolutions, at most 57,332 parameters",
    ),
    "convnext": Entry(
        "search_spaces.convnext:ConvNeXt",
        "depthwise 7x7 convolutions on patches of the image",
    ),
    "vit": Entry("search_spaces.vit:ViT", "vision transformer on patches of the image"),
    "transfer": Entry(
        "search_spaces.transfer:Transfer",
        "dense head on a frozen pretrained network",
        family_options=PRETRAINED_OPTIONS,
        gives_features=False,
    ),
    "finetune": Entry(
        "search_spaces.finetune:Finetune",
        "dense head and the last blocks of a pretrained network",
        family_options=PRETRAINED_OPTIONS,
        gives_features=False,
    ),
    "autoencoder": Entry(
        "search_spaces.autoencoder:Autoencoder",
        "convolutional autoencoder that removes noise from images",
        task_type=DENOISING,
    ),
    "dcgan": Entry(
        "search_spaces.dcgan:DCGAN",
        "convolutional generator, trained against a discriminator",
        task_type=GENERATION,
    ),
}

FAMILY_OPTIONS: tuple[Option, ...] = tuple(
    dict.fromkeys(
        (
            *(option for entry in FAMILIES.values() for option in entry.options),
            *FOREIGN_OPTIONS,
        )
    )
)
"""Options that only some families take."""


def takers(option: str) -> list[str]:
    """List the families that take an option; ``FOREIGN`` for those from elsewhere.

    Args:
        option: Name of the option.
    """
    families = [
        family
        for family, entry in FAMILIES.items()
        if any(option == declared.name for declared in entry.options)
    ]
    is_foreign = any(option == declared.name for declared in FOREIGN_OPTIONS)
    return [*families, FOREIGN] if is_foreign else families
