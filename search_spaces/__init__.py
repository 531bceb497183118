"""Model families: each a Keras Tuner hypermodel with a search space, in one file.

``FAMILIES`` is the whole table. To add a family, write its file and add its line.
"""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """Where a family is, and a line that says what it is."""

    location: str
    description: str


FAMILIES: dict[str, Entry] = {
    "dense": Entry(
        "search_spaces.dense:Dense", "four hidden dense layers, no convolution"
    ),
    "lenet": Entry("search_spaces.lenet:LeNet", "three convolutions and dense 120, 84"),
    "vgg": Entry(
        "search_spaces.vgg:VGG", "stacks of 3x3 convolutions between poolings"
    ),
}
