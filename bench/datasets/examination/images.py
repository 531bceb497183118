"""The images of several splits as one sequence, without copying them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from bench.datasets.task import Split
from bench.records import ImagePlace

_CHUNK_BYTES = 2**24
"""Bytes of the images that are looked at together, as ``float32``."""


class Images:
    """Images of splits, by one index over all of them.

    Args:
        splits: By their names.
        chosen: Indices of the images that count, by the names of the splits; None for
            all.

    Attributes:
        labels: ``(n,)``, class indices.
        split_numbers: ``(n,)``, number of the split of each image.
    """

    def __init__(
        self,
        splits: Mapping[str, Split],
        chosen: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        self._chosen = None if chosen is None else [chosen[name] for name in splits]
        self._splits = list(splits.values())
        if self._chosen is not None:
            pairs = zip(self._splits, self._chosen, strict=True)
            self._splits = [split.part(indices) for split, indices in pairs]
        self.names = list(splits)
        sizes = [len(split) for split in self._splits]
        self._starts = np.concatenate([[0], np.cumsum(sizes)])
        self.labels = np.concatenate([split.labels for split in self._splits])
        self.split_numbers = np.repeat(np.arange(len(sizes)), sizes)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def shape(self) -> tuple[int, int, int]:
        height, width, channels = self._splits[0].images.shape[1:]
        return height, width, channels

    def chunks(self) -> Iterator[np.ndarray]:
        """All images in their order, a few at a time; none spans two splits."""
        count = max(1, _CHUNK_BYTES // (4 * int(np.prod(self.shape))))
        for split in self._splits:
            for start in range(0, len(split), count):
                yield split.images[start : start + count]

    def at(self, indices: np.ndarray) -> np.ndarray:
        """Images at some indices."""
        numbers = self.split_numbers[indices]
        found = np.empty((len(indices), *self.shape), self._splits[0].images.dtype)
        for number, split in enumerate(self._splits):
            chosen = numbers == number
            found[chosen] = split.images[indices[chosen] - self._starts[number]]
        return found

    def place(self, index: int) -> ImagePlace:
        """Where an image is from."""
        number = int(self.split_numbers[index])
        split, within = self._splits[number], int(index - self._starts[number])
        return ImagePlace(
            split=self.names[number],
            index=within if self._chosen is None else int(self._chosen[number][within]),
            position=int(split.places[within]),
            label=int(self.labels[index]),
            file="" if split.files is None else str(split.files[within]),
        )
