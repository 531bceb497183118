"""Inputs of models: the images of a task, or features of them by a frozen network."""

from __future__ import annotations

import gc
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.datasets import Indices, Splits, Task
from bench.datasets.streamed import WINDOW
from bench.training.compiled.cache import CompiledModelCache
from bench.training.evaluators.evaluator import Evaluator, EvaluatorConfig
from bench.training.features import Features
from search_spaces.family import Extractor

MAX_FEATURES = 2**31
"""Maximum bytes of features that stay open; the least recently used are closed."""

MAX_NETWORKS = 8
"""Maximum number of frozen networks, or parts of their outputs, that stay open with
their compiled models."""


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Inputs of models, with the evaluator and the compiled models that share them.

    Attributes:
        task: A task that holds the inputs as its images.
        evaluator: Evaluates models that take these inputs.
        compiled: Cache of compiled models that take these inputs.
        features: The features of a frozen network; None if the inputs are images.
    """

    task: Task
    evaluator: Evaluator
    compiled: CompiledModelCache
    features: Features | None = None

    @classmethod
    def of(
        cls,
        task: Task,
        config: EvaluatorConfig,
        features: Features | None = None,
        devices: Sequence[str] = (),
    ) -> Inputs:
        """The inputs that a task holds as its images.

        Args:
            task: A task of images or of features.
            config: Makes the evaluator.
            features: The features that the task holds; None if it holds images.
            devices: As of ``CompiledModelCache``.
        """
        evaluator = config.evaluator(task)
        return cls(
            task=task,
            evaluator=evaluator,
            compiled=CompiledModelCache(evaluator, devices),
            features=features,
        )

    @property
    def features_shape(self) -> tuple[int, ...] | None:
        """Shape of the features of an image; None if the inputs are images."""
        return None if self.features is None else self.task.train.images.shape[1:]

    def order(self, indices: Indices, seed: int, epoch: int) -> np.ndarray:
        """Shuffled indices of training inputs for an epoch, ``(n,)``.

        The same seed and epoch give the same order. If there are several augmented
        copies of the images, epochs use them in turn. Images that lie in blocks of a
        file are shuffled by blocks, and then within windows of several chunks.

        Args:
            indices: Indices of the images that a model trains on.
            seed: Seed of the training.
            epoch: Number of the epoch, from 0.
        """
        random, blocks = np.random.default_rng([seed, epoch]), self.task.train.blocks
        if blocks is None:
            shuffled = random.permutation(len(indices.train))
        else:
            shuffled = windowed(blocks[indices.train], self._window, random)
        copies = self.features.extractor.copies if self.features else 1
        start = len(self.task.train) // copies * (epoch % copies)
        order: np.ndarray = indices.train[shuffled] + start
        return order

    @property
    def _window(self) -> int:
        """Number of images of a window."""
        images = self.task.train.images
        return max(1, WINDOW * len(images) // images.nbytes)


def windowed(
    blocks: np.ndarray, window: int, random: np.random.Generator
) -> np.ndarray:
    """Shuffle images so that those of a window lie in few blocks.

    The blocks are shuffled; then the images within each window of them are.

    Args:
        blocks: ``(n,)``, the block of each image.
        window: Number of images.
        random: Source of the random numbers.

    Returns:
        Indices of the images, ``(n,)``.
    """
    _, numbers = np.unique(blocks, return_inverse=True)
    turns = random.permutation(numbers.max(initial=-1) + 1)
    order = np.argsort(turns[numbers], kind="stable")
    for start in range(0, len(order), window):
        random.shuffle(order[start : start + window])
    return order


class InputCache:
    """The inputs of a study: its images, and features by each network that it uses.

    Args:
        task: A task with images as the family takes them.
        config: Makes the evaluators.
        splits: Divides the images into those that train and those that validate.
        folder: Folder of features; None if no frozen network is used.
        devices: As of ``CompiledModelCache``.
    """

    def __init__(
        self,
        task: Task,
        config: EvaluatorConfig,
        splits: Splits,
        folder: Path | None = None,
        devices: Sequence[str] = (),
    ) -> None:
        self.images = Inputs.of(task, config, devices=devices)
        self.splits = splits
        self._config = config
        self._folder = folder
        self._devices = devices
        self._opened: OrderedDict[str, Inputs] = OrderedDict()

    def of(self, extractor: Extractor | None) -> Inputs:
        """The features by a frozen network as inputs; missing features are computed.

        Args:
            extractor: The network; None for the images.

        Raises:
            ValueError: There is no folder for features.
        """
        if extractor is None:
            return self.images
        inputs = self._opened.pop(extractor.key, None) or self._open(extractor)
        self._opened[extractor.key] = inputs
        while len(self._opened) > 1 and self._is_full():
            self._opened.popitem(last=False)
            gc.collect()
        return inputs

    def _open(self, extractor: Extractor) -> Inputs:
        if self._folder is None:
            raise ValueError("features of a frozen network need a folder")
        features = Features(self.images.task, extractor, self._folder)
        return Inputs.of(features.task, self._config, features, self._devices)

    def _is_full(self) -> bool:
        sizes = [inputs.task.train.images.nbytes for inputs in self._opened.values()]
        return len(sizes) > MAX_NETWORKS or sum(sizes) > MAX_FEATURES
