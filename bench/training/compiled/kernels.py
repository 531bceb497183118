"""TensorFlow's own kernels for Keras' optimizers: one operation updates a weight.

Keras composes an update of some twenty operations a weight, each of which costs
time to trace, to place and to run, more than the arithmetic of a small network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

_Update = Callable[[Any, tf.Tensor, tf.Tensor], None]
"""Updates a variable, given its gradient and the learning rate."""


def use(optimizer: keras.optimizers.Optimizer) -> None:
    """Let a built optimizer update weights by these kernels, where they compute
    what it does; any other is left as it is.

    Its state stays in its own variables, so that it can be saved as ever.

    Args:
        optimizer: Built.
    """
    make = _MAKERS.get(type(optimizer))
    plain = all(v.dtype == "float32" for v in optimizer._trainable_variables)
    if make is None or not plain or optimizer.gradient_accumulation_steps:
        return
    begin = make(optimizer)
    if begin is None:
        return

    def update(
        gradients: Sequence[Any], variables: Sequence[Any], rate: tf.Tensor
    ) -> None:
        update_one = begin()
        for gradient, variable in zip(gradients, variables, strict=True):
            if isinstance(gradient, tf.IndexedSlices):
                gradient = tf.convert_to_tensor(gradient)
            update_one(
                variable, tf.cast(gradient, tf.float32), tf.cast(rate, tf.float32)
            )

    def decay(variables: Sequence[Any]) -> None:
        if optimizer.weight_decay is None:
            return
        rate = tf.cast(optimizer.learning_rate, tf.float32)
        share = rate * tf.cast(optimizer.weight_decay, tf.float32)
        for variable in variables:
            if optimizer._use_weight_decay(variable):
                tf.raw_ops.ResourceApplyGradientDescent(
                    var=_handle(variable), alpha=share, delta=variable.value
                )

    # Not as attributes that Keras tracks: they are no part of its state.
    object.__setattr__(optimizer, "_backend_update_step", update)
    object.__setattr__(optimizer, "_apply_weight_decay", decay)


def _handle(variable: keras.Variable) -> tf.Tensor:
    return variable.value.handle


def _adam(optimizer: Any) -> Callable[[], _Update] | None:
    if optimizer.amsgrad:
        return None

    def begin() -> _Update:
        step = tf.cast(optimizer.iterations + 1, tf.float32)
        powers = {
            "beta1_power": tf.pow(optimizer.beta_1, step),
            "beta2_power": tf.pow(optimizer.beta_2, step),
        }

        def update(variable: Any, gradient: tf.Tensor, rate: tf.Tensor) -> None:
            index = optimizer._get_variable_index(variable)
            tf.raw_ops.ResourceApplyAdam(
                var=_handle(variable),
                m=_handle(optimizer._momentums[index]),
                v=_handle(optimizer._velocities[index]),
                lr=rate,
                beta1=optimizer.beta_1,
                beta2=optimizer.beta_2,
                epsilon=optimizer.epsilon,
                grad=gradient,
                **powers,
            )

        return update

    return begin


def _sgd(optimizer: Any) -> Callable[[], _Update]:
    def update(variable: Any, gradient: tf.Tensor, rate: tf.Tensor) -> None:
        if not optimizer.momentums:
            tf.raw_ops.ResourceApplyGradientDescent(
                var=_handle(variable), alpha=rate, delta=gradient
            )
            return
        index = optimizer._get_variable_index(variable)
        tf.raw_ops.ResourceApplyKerasMomentum(
            var=_handle(variable),
            accum=_handle(optimizer.momentums[index]),
            lr=rate,
            grad=gradient,
            momentum=tf.cast(optimizer.momentum, tf.float32),
            use_nesterov=optimizer.nesterov,
        )

    return lambda: update


def _rmsprop(optimizer: Any) -> Callable[[], _Update] | None:
    if optimizer.centered:
        return None
    # The kernel always keeps momentum; where Keras keeps none, it is thrown away.
    momentums = optimizer._momentums or [
        keras.Variable(np.zeros(velocity.shape, "float32"), trainable=False)
        for velocity in optimizer._velocities
    ]

    def update(variable: Any, gradient: tf.Tensor, rate: tf.Tensor) -> None:
        index = optimizer._get_variable_index(variable)
        tf.raw_ops.ResourceApplyRMSProp(
            var=_handle(variable),
            ms=_handle(optimizer._velocities[index]),
            mom=_handle(momentums[index]),
            lr=rate,
            rho=optimizer.rho,
            momentum=tf.cast(optimizer.momentum, tf.float32),
            epsilon=optimizer.epsilon,
            grad=gradient,
        )

    return lambda: update


_MAKERS: dict[type, Callable[[Any], Callable[[], _Update] | None]] = {
    keras.optimizers.Adam: _adam,
    keras.optimizers.AdamW: _adam,
    keras.optimizers.SGD: _sgd,
    keras.optimizers.RMSprop: _rmsprop,
}
