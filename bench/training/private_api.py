"""Private members of Keras, TensorFlow, Keras Tuner and scikeras that we depend on.

Each is in the table with the reason why no public member serves; a test looks every
one of them up, so that a release that moves one is noticed by its name. Members of
Keras and TensorFlow are read through the functions below only. Those of Keras Tuner
and scikeras are overridden or read in ``bench.searchers`` and ``bench.keras_tuner``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import keras
import numpy as np
from keras.src.layers.preprocessing import data_layer


class PrivateMember(NamedTuple):
    """A private member of another package.

    Attributes:
        owner: Key in ``OWNERS``.
        name: Of the member.
        reason: Why it is needed, and what a public member lacks.
    """

    owner: str
    name: str
    reason: str


PRIVATE_MEMBERS = (
    PrivateMember(
        "keras.Model",
        "_flatten_layers",
        "lists the layers of nested models too; Model.layers does not",
    ),
    PrivateMember(
        "keras.Model",
        "_compute_loss",
        "passes a model's own compute_loss those arguments that its signature takes",
    ),
    PrivateMember(
        "keras.Model",
        "_symbolic_build",
        "builds loss and metrics of overridden steps as fit does, before tracing",
    ),
    PrivateMember(
        "keras.losses.CategoricalCrossentropy",
        "_fn_kwargs",
        "are the numbers that a loss passes to its function; its own attributes serve "
        "its configuration only",
    ),
    PrivateMember(
        "keras.layers.Layer",
        "_inbound_nodes",
        "hold the constants of an operation, such as a division, in a functional "
        "model, and which layers feed it",
    ),
    PrivateMember(
        "keras.optimizers.Adam",
        "_learning_rate",
        "tells a variable from a schedule; learning_rate gives the value of both",
    ),
    PrivateMember(
        "keras.optimizers.Adam", "_momentums", "slots that the fused kernel updates"
    ),
    PrivateMember(
        "keras.optimizers.Adam", "_velocities", "slots that the fused kernel updates"
    ),
    PrivateMember(
        "keras.optimizers.RMSprop", "_velocities", "slots that the kernel updates"
    ),
    PrivateMember(
        "keras.optimizers.RMSprop", "_momentums", "slots that the kernel updates"
    ),
    PrivateMember(
        "keras.optimizers.Adam",
        "_backend_update_step",
        "is replaced by one fused operation a weight; Keras has no public hook",
    ),
    PrivateMember(
        "keras.optimizers.Adam",
        "_apply_weight_decay",
        "is replaced by one fused operation a weight; Keras has no public hook",
    ),
    PrivateMember(
        "keras.optimizers.Adam",
        "_use_weight_decay",
        "says which weights exclude_from_weight_decay has left",
    ),
    PrivateMember(
        "keras.optimizers.Adam",
        "_trainable_variables",
        "are the weights in the order of their moving averages",
    ),
    PrivateMember(
        "keras.optimizers.Adam",
        "_model_variables_moving_average",
        "holds the averages of use_ema, which only a callback of fit swaps in",
    ),
    PrivateMember(
        "keras.callbacks.TensorBoard",
        "_should_trace",
        "says whether it profiles batches, which compiled epochs don't show",
    ),
    PrivateMember(
        "tensorflow gradient registry",
        "_registry",
        "keeps every traced custom gradient, and so its graph, for ever; nothing "
        "public removes one",
    ),
    PrivateMember(
        "tensorflow resource variables",
        "ResourceVariable",
        "may be made while a function is traced that is traced once; tf.Variable may "
        "be made in a first of two traces only",
    ),
    *(
        PrivateMember("keras_tuner.Oracle", name, reason)
        for name, reason in (
            ("_duplicate", "is asked whether values may be proposed"),
            ("_max_collisions", "bounds the draws before a space counts as used up"),
            ("_save_trial", "would write a file for every trial"),
            ("_check_consecutive_failures", "would end the search; the study decides"),
            ("_record_values", "learns hyperparameters that a running model has"),
            ("_retry_queue", "gets the trials of an interrupted search"),
            ("_run_times", "counts attempts, which have different seeds"),
        )
    ),
    *(
        PrivateMember("keras_tuner.oracles.GridSearchOracle", name, reason)
        for name, reason in (
            ("_compare", "orders the points of a grid that is continued"),
            ("_ordered_ids", "is not kept in the oracle's file, and so rebuilt"),
            ("_populate_next", "is not kept in the oracle's file, and so rebuilt"),
        )
    ),
    *(
        PrivateMember("keras_tuner.Tuner", name, reason)
        for name, reason in (
            ("_build_and_fit_model", "is one execution, after which weights are kept"),
            ("_try_run_and_update_trial", "runs a trial, and says how it ended"),
        )
    ),
    *(
        PrivateMember("keras_tuner.oracles.HyperbandOracle", name, reason)
        for name, reason in (
            ("_get_num_brackets", "is overridden: brackets fit a number of trials"),
            ("_get_size", "is overridden: rungs fit a number of trials"),
            ("_get_epochs", "is overridden: rungs on parts have epochs of their own"),
            ("_random_trial", "is overridden: a used-up space ends no bracket"),
            ("_brackets", "holds the trials of each rung"),
        )
    ),
    *(
        PrivateMember("keras_tuner.oracles.BayesianOptimizationOracle", name, reason)
        for name, reason in (
            ("_get_hp_bounds", "bounds the points of the Gaussian process"),
            ("_nonfixed_space", "lists the dimensions of the Gaussian process"),
            ("_vector_to_values", "turns a point back into hyperparameters"),
            ("_random_populate_space", "draws the first configurations"),
            ("_random_state", "draws the starts of the search for the best point"),
        )
    ),
    *(
        PrivateMember("scikeras.wrappers.KerasClassifier", name, reason)
        for name, reason in (
            ("_build_keras_model", "is overridden: a family builds the model"),
            ("_fit_keras_model", "is overridden: compiled epochs train the model"),
            ("_predict_raw", "is overridden: outputs become probabilities"),
            ("_get_param_names", "is overridden: hyperparameters are parameters"),
            ("_more_tags", "is overridden for scikit-learn before 1.6"),
        )
    ),
    PrivateMember(
        "keras data layers",
        "DataLayer",
        "is the base of all layers that prepare data; it has no public name",
    ),
    PrivateMember(
        "tensorflow config",
        "disable_op_determinism",
        "gives a notebook back what a search has enabled; there is no public way back",
    ),
    PrivateMember(
        "tensorflow config",
        "is_op_determinism_enabled",
        "tells whether the notebook had enabled it itself",
    ),
)


def missing_members() -> list[str]:
    """Members of ``PRIVATE_MEMBERS`` that the installed releases do not have.

    Returns:
        A line for each, which names the member and why it is needed.
    """
    owners = {name: make() for name, make in OWNERS.items()}
    return [
        f"{member.owner}.{member.name} is gone: it {member.reason}"
        for member in PRIVATE_MEMBERS
        if not hasattr(owners[member.owner], member.name)
    ]


# Keras -------------------------------------------------------------------------


def nested_layers(model: keras.layers.Layer) -> list[keras.layers.Layer]:
    """All layers of a model or a layer, those of nested ones included."""
    return list(model._flatten_layers(include_self=False))


def preprocesses(layer: keras.layers.Layer) -> bool:
    """Whether a layer prepares images, such as ``Rescaling`` and ``RandomFlip``."""
    return isinstance(layer, data_layer.DataLayer)


def compute_loss(model: keras.Model, images: Any, labels: Any, outputs: Any) -> Any:
    """The loss by a model's own or Keras' ``compute_loss``, as in training."""
    return model._compute_loss(images, labels, outputs, None, training=True)


def loss_arguments(loss: Any) -> dict[str, Any]:
    """What a loss passes to its function, by name; empty for any other object."""
    arguments: dict[str, Any] = getattr(loss, "_fn_kwargs", {})
    return arguments


def symbolic_build(model: keras.Model, batch: tuple[Any, Any]) -> None:
    """Build the variables of losses and metrics from the shapes of a batch."""
    model._symbolic_build(data_batch=batch)


def constants(operation: Any) -> list[Any]:
    """Numbers and arrays that an operation of a functional model is given."""
    given = [v for node in operation._inbound_nodes for v in node.arguments.args]
    return [
        keras.ops.convert_to_numpy(value)
        for value in given
        if isinstance(value, int | float | np.ndarray) or keras.ops.is_tensor(value)
        if not isinstance(value, keras.KerasTensor)
    ]


def feeding_layers(layer: keras.layers.Layer) -> list[str]:
    """Names of the layers whose outputs a layer of a functional model takes."""
    nodes = layer._inbound_nodes[:1]
    return [parent.operation.name for node in nodes for parent in node.parent_nodes]


def learning_rate_variable(
    optimizer: keras.optimizers.Optimizer,
) -> keras.Variable | None:
    """The variable that holds the learning rate; None where a schedule computes it."""
    rate = innermost(optimizer)._learning_rate
    return rate if isinstance(rate, keras.Variable) else None


def rate_of_steps(optimizer: keras.optimizers.Optimizer) -> Any:
    """The schedule or function that computes the learning rate; None without one."""
    rate = innermost(optimizer)._learning_rate
    return None if isinstance(rate, keras.Variable) else rate


def all_slots(optimizer: keras.optimizers.Optimizer, name: str) -> list[keras.Variable]:
    """Slots of one kind of all weights; empty where the optimizer keeps none."""
    kept: list[keras.Variable] = getattr(optimizer, f"_{name}", None) or []
    return kept


def decays(optimizer: keras.optimizers.Optimizer, variable: Any) -> bool:
    """Whether an optimizer's weight decay applies to a weight."""
    return bool(optimizer._use_weight_decay(variable))


def averages(
    optimizer: keras.optimizers.Optimizer,
) -> list[tuple[keras.Variable, keras.Variable]]:
    """Each weight that an optimizer of Keras averages, and its moving average."""
    if not optimizer.use_ema:
        return []
    kept = getattr(optimizer, "_model_variables_moving_average", [])
    return [
        (weight, average)
        for weight, average in zip(optimizer._trainable_variables, kept, strict=False)
        if average is not None
    ]


def innermost(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """The optimizer inside of one that scales the loss, or the optimizer itself."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def replace_update(
    optimizer: keras.optimizers.Optimizer,
    update: Callable[..., None],
    decay: Callable[..., None],
) -> None:
    """Let an optimizer update and decay weights by other functions.

    They are set past Keras' tracking of attributes, since they are no part of the
    optimizer's state.
    """
    object.__setattr__(optimizer, "_backend_update_step", update)
    object.__setattr__(optimizer, "_apply_weight_decay", decay)


# TensorFlow --------------------------------------------------------------------


@contextmanager
def new_gradients_forgotten() -> Iterator[None]:
    """Remove gradient functions from TensorFlow's registry that are added meanwhile.

    The registry keeps one for every custom gradient that was ever traced, such as
    each of Keras' optimizers has, and through it the whole graph. Once a step's own
    gradients are taken, nothing asks for them.
    """
    registry = _gradient_registry()._registry
    known = set(registry)
    yield
    for name in set(registry) - known:
        del registry[name]


def _gradient_registry() -> Any:
    from tensorflow.python.framework import ops

    return ops.gradient_registry


def variable_while_tracing(value: float, dtype: Any) -> Any:
    """Make a variable of a graph that is being traced, outside of the graph."""
    import tensorflow as tf

    with tf.init_scope():
        kind = _resource_variables().ResourceVariable
        return kind(value, trainable=False, dtype=dtype)


def _resource_variables() -> Any:
    from tensorflow.python.ops import resource_variable_ops

    return resource_variable_ops


# Owners of the members, each built as far as its members need --------------------


def _built(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    optimizer.build([keras.Variable([0.0])])
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


def _oracle(name: str) -> Any:
    import keras_tuner

    objective = keras_tuner.Objective("score", "max")
    return getattr(keras_tuner.oracles, name)(objective=objective)


def _tuner() -> Any:
    import keras_tuner

    return keras_tuner.Tuner


def _classifier() -> Any:
    from scikeras.wrappers import KerasClassifier

    return KerasClassifier


def tensorflow_config() -> Any:
    """TensorFlow's configuration, with what its public part lacks."""
    from tensorflow.python.framework import config

    return config


OWNERS: dict[str, Callable[[], Any]] = {
    "keras data layers": lambda: data_layer,
    "keras.Model": lambda: keras.Sequential([keras.Input((1,))]),
    "keras.layers.Layer": lambda: keras.layers.Flatten(),
    "keras.losses.CategoricalCrossentropy": keras.losses.CategoricalCrossentropy,
    "keras.optimizers.Adam": lambda: _built(
        keras.optimizers.Adam(weight_decay=0.1, use_ema=True)
    ),
    "keras.optimizers.RMSprop": lambda: _built(keras.optimizers.RMSprop(momentum=0.9)),
    "tensorflow config": tensorflow_config,
    "tensorflow gradient registry": _gradient_registry,
    "tensorflow resource variables": _resource_variables,
    "keras_tuner.Oracle": lambda: _oracle("RandomSearchOracle"),
    "keras.callbacks.TensorBoard": lambda: keras.callbacks.TensorBoard(),
    "keras_tuner.Tuner": _tuner,
    "keras_tuner.oracles.GridSearchOracle": lambda: _oracle("GridSearchOracle"),
    "keras_tuner.oracles.HyperbandOracle": lambda: _oracle("HyperbandOracle"),
    "keras_tuner.oracles.BayesianOptimizationOracle": lambda: _oracle(
        "BayesianOptimizationOracle"
    ),
    "scikeras.wrappers.KerasClassifier": _classifier,
}
"""Makes the object on which the members of an owner are looked up."""
