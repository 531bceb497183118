"""Weight updates by TensorFlow's optimizer kernels: one operation for each weight.

Keras composes the update of a weight from some twenty operations. Each of them takes
time to trace, to place and to run: in a small network more than the arithmetic does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from bench.training import private_api
from search_spaces.parts import averaging

_Update = Callable[[Any, tf.Tensor, tf.Tensor], None]
"""Updates a weight, given its gradient and the learning rate."""


def use(
    optimizer: keras.optimizers.Optimizer, weights: Sequence[keras.Variable]
) -> None:
    """Let an optimizer update its weights by kernels that compute the same.

    An optimizer without such a kernel is left unchanged. The state stays in the
    optimizer's own variables, so that it is saved as before.

    Args:
        optimizer: A built optimizer.
        weights: The variables that it was built with.
    """
    make = _KERNELS.get(type(optimizer))
    is_float32 = all(weight.dtype == "float32" for weight in weights)
    if make is None or not is_float32 or optimizer.gradient_accumulation_steps:
        return
    begin_step = make(optimizer, {id(weight): i for i, weight in enumerate(weights)})
    if begin_step is None:
        return

    def update(
        gradients: Sequence[Any], variables: Sequence[Any], rate: tf.Tensor
    ) -> None:
        update_weight = begin_step()
        rate = tf.cast(rate, tf.float32)  # read once, not for each weight
        for gradient, variable in zip(gradients, variables, strict=True):
            if isinstance(gradient, tf.IndexedSlices):
                gradient = tf.convert_to_tensor(gradient)
            update_weight(variable, tf.cast(gradient, tf.float32), rate)

    def decay(variables: Sequence[Any]) -> None:
        _decay(optimizer, variables)

    private_api.replace_update(optimizer, update, decay)


def _decay(optimizer: Any, variables: Sequence[Any]) -> None:
    """Decay weights by one operation each."""
    if optimizer.weight_decay is None:
        return
    rate = tf.cast(optimizer.learning_rate, tf.float32)
    share = rate * tf.cast(optimizer.weight_decay, tf.float32)
    for variable in variables:
        if private_api.decays(optimizer, variable):
            tf.raw_ops.ResourceApplyGradientDescent(
                var=_handle(variable), alpha=share, delta=variable.value
            )


def _handle(variable: keras.Variable) -> tf.Tensor:
    return variable.value.handle


def _adam(optimizer: Any, indices: dict[int, int]) -> Callable[[], _Update] | None:
    if optimizer.amsgrad:
        return None
    momentums = private_api.all_slots(optimizer, "momentums")
    velocities = private_api.all_slots(optimizer, "velocities")

    def begin_step() -> _Update:
        step = tf.cast(optimizer.iterations + 1, tf.float32)
        powers = {
            "beta1_power": tf.pow(optimizer.beta_1, step),
            "beta2_power": tf.pow(optimizer.beta_2, step),
        }

        def update(variable: Any, gradient: tf.Tensor, rate: tf.Tensor) -> None:
            index = indices[id(variable)]
            tf.raw_ops.ResourceApplyAdam(
                var=_handle(variable),
                m=_handle(momentums[index]),
                v=_handle(velocities[index]),
                lr=rate,
                beta1=optimizer.beta_1,
                beta2=optimizer.beta_2,
                epsilon=optimizer.epsilon,
                grad=gradient,
                **powers,
            )

        return update

    return begin_step


def _sgd(optimizer: Any, indices: dict[int, int]) -> Callable[[], _Update]:
    def update(variable: Any, gradient: tf.Tensor, rate: tf.Tensor) -> None:
        if not optimizer.momentums:
            tf.raw_ops.ResourceApplyGradientDescent(
                var=_handle(variable), alpha=rate, delta=gradient
            )
            return
        tf.raw_ops.ResourceApplyKerasMomentum(
            var=_handle(variable),
            accum=_handle(optimizer.momentums[indices[id(variable)]]),
            lr=rate,
            grad=gradient,
            momentum=tf.cast(optimizer.momentum, tf.float32),
            use_nesterov=optimizer.nesterov,
        )

    return lambda: update


def _rmsprop(optimizer: Any, indices: dict[int, int]) -> Callable[[], _Update] | None:
    if optimizer.centered:
        return None
    velocities = private_api.all_slots(optimizer, "velocities")
    # The kernel needs momentum slots, also where Keras keeps none.
    momentums = private_api.all_slots(optimizer, "momentums") or [
        keras.Variable(np.zeros(velocity.shape, "float32"), trainable=False)
        for velocity in velocities
    ]

    def update(variable: Any, gradient: tf.Tensor, rate: tf.Tensor) -> None:
        index = indices[id(variable)]
        tf.raw_ops.ResourceApplyRMSProp(
            var=_handle(variable),
            ms=_handle(velocities[index]),
            mom=_handle(momentums[index]),
            lr=rate,
            rho=optimizer.rho,
            momentum=tf.cast(optimizer.momentum, tf.float32),
            epsilon=optimizer.epsilon,
            grad=gradient,
        )

    return lambda: update


_KERNELS: dict[type, Callable[[Any, dict[int, int]], Callable[[], _Update] | None]] = {
    keras.optimizers.Adam: _adam,
    keras.optimizers.AdamW: _adam,
    keras.optimizers.SGD: _sgd,
    keras.optimizers.RMSprop: _rmsprop,
    averaging.AveragingAdam: _adam,
    averaging.AveragingSGD: _sgd,
    averaging.AveragingRMSprop: _rmsprop,
}
"""Given an optimizer and the index of each weight by its ``id``, makes a function that
begins a step: it returns the update of a weight. None where no kernel computes the
same as the optimizer."""
