"""The devices of JAX that train a model: one, or several that share every batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import keras
from jax.sharding import NamedSharding, PartitionSpec


class Devices(Protocol):
    """Where arrays lie, and who computes what."""

    def everywhere(self, arrays: Any) -> Any:
        """Arrays of any structure, whole on every device; traced or not."""

    def divided(self, batch: Any) -> Any:
        """A traced batch, divided among the devices along its first dimension."""


class OneDevice:
    """The default device of this process."""

    def everywhere(self, arrays: Any) -> Any:
        return jax.tree.map(jnp.asarray, arrays)

    def divided(self, batch: Any) -> Any:
        return batch


class SharedBatches:
    """Devices that hold a model and its images each, and share every batch.

    XLA adds what the devices compute of a batch, so that sums and means over a batch
    are those of the whole batch: the loss, the gradients, the statistics of batch
    normalization. A batch that can't be divided evenly, as the last one of an epoch,
    is computed as a whole by each device.

    Args:
        names: Of the devices, as Keras has them, such as ``gpu:0``.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._count = len(names)
        self._distribution = keras.distribution.DataParallel(devices=list(names))
        mesh = self._distribution.device_mesh.backend_mesh
        self._whole = NamedSharding(mesh, PartitionSpec())

    def everywhere(self, arrays: Any) -> Any:
        return jax.tree.map(
            lambda array: keras.distribution.distribute_tensor(array, self._whole),
            arrays,
        )

    def divided(self, batch: Any) -> Any:
        return jax.tree.map(self._divided, batch)

    def _divided(self, array: Any) -> Any:
        if len(array) % self._count:
            return self.everywhere(array)
        layout = self._distribution.get_data_layout(array.shape)
        return keras.distribution.distribute_tensor(array, layout)


def devices(names: Sequence[str]) -> Devices:
    """The devices of the given names; without any, the default one."""
    return SharedBatches(names) if names else OneDevice()
