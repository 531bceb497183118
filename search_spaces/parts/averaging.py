"""Optimizers that keep moving averages of the weights.

Keras' own averages, ``use_ema``, start from the weights after the first step, which a
short training never forgets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

WARM_UP = 10
"""An average of n steps, while these are few, remembers about the last n / WARM_UP of
them."""


def remaining(averaging: Any, steps: Any) -> Any:
    """Share of an average that remains when the weights of a step are added.

    Args:
        averaging: This share once the average has seen many steps.
        steps: Number of steps that it has seen. While they are few, less remains, as
            in timm's ``ModelEmaV3``.
    """
    steps = ops.cast(steps, "float32")
    return ops.minimum(averaging, steps / (steps + WARM_UP))


class Averaging(keras.optimizers.Optimizer):
    """Adds moving averages of the weights to an optimizer of Keras.

    A study validates and keeps a model with the averages, and goes on training from its
    own weights. A ``fit`` ends with the averages in the model, as with ``use_ema``. The
    moving statistics of batch normalizations are those of the own weights: they
    remember some ten steps, in which the weights change little.

    Args:
        averaging: Share of the averages that remains after a step.
        options: Arguments of the optimizer.

    Raises:
        ValueError: The share is not in [0, 1).

    Reference: Polyak & Juditsky 1992, "Acceleration of stochastic approximation by
    averaging".
    """

    def __init__(self, *arguments: Any, averaging: float, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if not 0 <= averaging < 1:
            raise ValueError(
                f"averaging must be at least 0 and below 1, not {averaging:g}"
            )
        self.averaging = averaging

    def build(self, variables: Sequence[keras.Variable]) -> None:
        if self.built:
            return
        super().build(variables)
        self._averages = self.add_optimizer_variables(variables, "average")
        # Past Keras' tracking: the weights are no part of the optimizer's state.
        object.__setattr__(self, "_averaged", list(variables))

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        seen = ops.cast(self.iterations, "float32")  # before the step is counted
        super().apply(grads, trainable_variables)
        added = 1 - remaining(self.averaging, seen)
        for weight, average in self.averages():
            share = ops.cast(added, average.dtype)
            average.assign_add(share * (weight - average))

    def averages(self) -> list[tuple[keras.Variable, keras.Variable]]:
        """Each weight, and its moving average."""
        pairs = zip(self._averaged, self._averages, strict=True)
        return [(weight, average) for weight, average in pairs if average is not None]

    def finalize_variable_values(self, var_list: Any) -> None:
        """Leave the averages in the model, at the end of a ``fit``."""
        super().finalize_variable_values(var_list)
        if self.iterations > 0:
            for weight, average in self.averages():
                weight.assign(ops.copy(average))  # JAX would share the array

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "averaging": self.averaging}


@keras.saving.register_keras_serializable(package="search_spaces")
class AveragingAdam(Averaging, keras.optimizers.Adam):
    """Adam with moving averages of the weights."""


@keras.saving.register_keras_serializable(package="search_spaces")
class AveragingSGD(Averaging, keras.optimizers.SGD):
    """SGD with moving averages of the weights."""


@keras.saving.register_keras_serializable(package="search_spaces")
class AveragingRMSprop(Averaging, keras.optimizers.RMSprop):
    """RMSprop with moving averages of the weights."""
