"""Class names: of the data sets known by name, and of labels as files hold them."""

from __future__ import annotations

from collections.abc import Iterable

DIGITS = tuple("0123456789")

FASHION_MNIST = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

CIFAR10 = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)

_CIFAR100_IN_ORDER = """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge
    bus butterfly camel can castle caterpillar cattle chair chimpanzee clock cloud
    cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish forest fox
    girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster
    man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter
    palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit
    raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake
    spider squirrel streetcar sunflower sweet_pepper table tank telephone television
    tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm
"""
CIFAR100 = tuple(_CIFAR100_IN_ORDER.split())


def distinct(labels: Iterable[str]) -> tuple[str, ...]:
    """Names of different labels, which differ too, and which can be written as UTF-8.

    Args:
        labels: Different texts. Bytes that are no UTF-8 are lone surrogates, as in
            names of files; they are shown by their escape sequence.
    """
    names: dict[str, None] = {}
    for label in labels:
        name = label.encode("utf-8", "backslashreplace").decode()
        while name in names:  # the same escape sequence, but as text
            name += "'"
        names[name] = None
    return tuple(names)
