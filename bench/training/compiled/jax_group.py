"""Several models of one structure, trained by JAX as one batched program.

``jax.vmap`` makes of a model's training steps those of all members of a group: their
weights, optimizers' slots and random states have one more dimension, and the images
are shared. A small model leaves most of an accelerator idle, which members fill.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from bench.machine import available_memory
from bench.training.compiled.compiled_model import CompiledModel, with_share
from bench.training.compiled.jax_epochs import JaxModel, State, pieces

MEMORY_SHARE = 0.8
"""Share of the free memory that a group may take; tests and validations need some."""

STATES = 3
"""How often a member's state is in memory: by itself, in the group, and in the model
that takes it over."""


class JaxGroup:
    """Models that take turns in one compiled model, but train together.

    Args:
        compiled: The compiled model.
    """

    def __init__(self, compiled: JaxModel) -> None:
        self._compiled = compiled
        self._added: list[State] = []
        self._states: State = ()
        self._share: dict[str, float] = {}
        over_members = (0, None, None, 2, 1)  # states, data, data, batches, rates
        self._train = jax.jit(
            jax.vmap(compiled.train_batches, over_members), donate_argnums=0
        )
        # Alone, each operation would be compiled for each shape.
        self._stack = jax.jit(lambda *s: jax.tree.map(lambda *a: jnp.stack(a), *s))
        self._pick = jax.jit(lambda states, n: jax.tree.map(lambda a: a[n], states))

    def room(self, members: int, images: int, batch_size: int) -> int:
        """How many of the wanted members fit into the memory of the device.

        The program for all of them says what it needs; it is the one that trains them
        if they fit.

        Args:
            members: Wanted.
            images: Number of training images.
            batch_size: Number of images in a batch.
        """
        state = self._compiled.state()
        batches = next(pieces(np.zeros((images, members), int), batch_size))
        rates = np.zeros((len(batches), members), "float32")
        states = jax.tree.map(
            lambda a: jax.ShapeDtypeStruct((members, *a.shape), a.dtype), state
        )
        program = self._program(states, *self._compiled.data, batches, rates)
        size = STATES * sum(a.nbytes for a in jax.tree.leaves(state))
        analysis = program.memory_analysis()
        if analysis is not None:  # not every device has one
            size += analysis.temp_size_in_bytes / members
        return int(min(members, _free(self._compiled.data[0]) // size))

    def add(self, loaded: CompiledModel) -> None:
        """Take the values of the model, freshly loaded, as those of a new member.

        Args:
            loaded: What the member's values were loaded into.

        Raises:
            ValueError: It is another model: a part of the member's own differs.
        """
        if loaded is not self._compiled:
            raise ValueError("models that train together must have one structure")
        self._added.append(self._compiled.state())

    def train_epoch(
        self,
        orders: Sequence[np.ndarray],
        rates: Sequence[np.ndarray | None],
        batch_size: int,
    ) -> None:
        """Train one epoch of every member.

        Args:
            orders: As of a ``CompiledModel``, of each member.
            rates: The same; either all are None or none is.
            batch_size: Number of images in a batch.
        """
        if self._added:
            self._states = self._stack(*self._added)
            self._added = []
        members, count = len(orders), len(orders[0])
        steps = [
            self._rates(number, given, count, batch_size)
            for number, given in enumerate(rates)
        ]
        self._reset_metrics(members)
        self._states, _, trained = self._compiled.run_epoch(
            lambda *arguments: self._program(*arguments)(*arguments),
            self._states,
            np.stack(orders, axis=-1),
            np.stack(steps, axis=-1),
            batch_size,
        )
        jax.block_until_ready(self._states)  # else the first turn would wait for it
        self._share = with_share({}, trained, count)

    def turn(self, number: int) -> None:
        """Give the compiled model the values of a member, before and after epochs."""
        if self._added:
            self._compiled.assign(self._added[number])
        else:
            self._compiled.assign(self._pick(self._states, number))

    def metrics(self) -> dict[str, float]:
        """Metrics of the last epoch of the member whose turn it is."""
        return self._compiled.slot.metrics() | self._share

    def _rates(
        self, number: int, given: np.ndarray | None, count: int, batch_size: int
    ) -> np.ndarray:
        """The learning rate of every step of a member, ``(steps,)``."""
        if given is None:
            self.turn(number)  # the rate is a variable of its optimizer
        return self._compiled.slot.rates(given, count, batch_size)

    def _reset_metrics(self, members: int) -> None:
        self._compiled.model.reset_metrics()
        metrics = self._compiled.state()[-1]
        reset = [jnp.stack([value] * members) for value in metrics]
        self._states = (*self._states[:-1], reset)

    def _program(self, *arguments: Any) -> Any:
        """The compiled program for batches of the given shape."""
        programs, shape = self._compiled.group_programs, arguments[3].shape
        if shape not in programs:
            programs[shape] = self._train.lower(*arguments).compile()
        return programs[shape]


def _free(array: jax.Array) -> float:
    """Bytes that a group may take on the device of an array."""
    (device,) = array.devices()
    stats = device.memory_stats() or {}
    if "bytes_limit" not in stats:  # a processor
        return MEMORY_SHARE * available_memory()
    return MEMORY_SHARE * float(stats["bytes_limit"] - stats["bytes_in_use"])
