"""Small data sets of bytes for the strangers' models, written to files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

DIGITS = "digits"
"""1,797 digits of 8x8x1 pixels in ten classes."""

PARITY = "parity"
"""The same digits in two classes, even and odd."""

COLOUR = "colour"
"""60 of these digits, enlarged to 32x32x3 pixels."""


def write(name: str, folder: Path) -> str:
    """Write a data set, unless it was written before.

    Pixels are bytes from 0 to 255, as image files have them.

    Args:
        name: ``DIGITS``, ``PARITY`` or ``COLOUR``.
        folder: Where the file is written.

    Returns:
        What ``--dataset`` takes.
    """
    path = folder / f"{name}.npz"
    if not path.exists():
        images, labels = load_digits(return_X_y=True)
        images = np.round(images * (255 / 16)).astype("uint8").reshape(-1, 8, 8, 1)
        if name == PARITY:
            labels = labels % 2
        if name == COLOUR:
            enlarged = np.kron(images[:60], np.ones((1, 4, 4, 3), "uint8"))
            images, labels = enlarged, labels[:60] % 3
        np.savez(path, X=images, y=labels)
    return f"npz:{path}"
