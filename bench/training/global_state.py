"""Settings that hold for the whole process, such as mixed precision: kept and restored.

A user's file or ``build`` may change them for all models after it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import keras


class Setting(NamedTuple):
    """A setting of this process.

    Attributes:
        name: As a sentence about it has it, such as ``the working directory``.
        read: Returns its value, which later changes leave as it is.
        write: Sets a value that ``read`` returned.
        matters: Whether a user should know that a model changed it. Many libraries
            change the others when they are imported.
    """

    name: str
    read: Callable[[], Any]
    write: Callable[[Any], object]
    matters: bool = True


class GlobalState:
    """The values of some settings at the time it is made.

    Args:
        settings: They are restored in this order.
    """

    def __init__(self, settings: Sequence[Setting]) -> None:
        self._values: list[tuple[Setting, Any]] = []
        for setting in settings:
            with suppress(OSError):  # the working directory may be gone
                self._values.append((setting, setting.read()))

    def changed(self) -> list[Setting]:
        """The settings that have other values now."""
        return [setting for setting, value in self._values if _differs(setting, value)]

    def restore(self) -> list[Setting]:
        """Set these values again, as far as that works.

        Returns:
            The settings that had other values.
        """
        changed = []
        for setting, value in self._values:
            if _differs(setting, value):
                changed.append(setting)
                with suppress(Exception):  # then ``changed`` lists it still
                    setting.write(value)
        return changed


class Members(dict[str, Any]):
    """Members that are equal to earlier ones if those are all there still."""

    def __eq__(self, earlier: object) -> bool:
        assert isinstance(earlier, Members)
        return earlier.items() <= self.items()

    __hash__ = None


def _differs(setting: Setting, value: Any) -> bool:
    """Whether a setting has another value, or one that can't be read or compared."""
    try:
        return not setting.read() == value  # noqa: SIM201, as Members compare
    except Exception:  # whatever a model has put there
        return True


def keras_state() -> GlobalState:
    """The current settings of Keras and its backend."""
    return GlobalState(KERAS_SETTINGS)


def _set_traceback_filtering(is_enabled: bool) -> None:
    config = keras.config
    (
        config.enable_traceback_filtering
        if is_enabled
        else config.disable_traceback_filtering
    )()


def _set_interactive_logging(is_enabled: bool) -> None:
    config = keras.config
    (
        config.enable_interactive_logging
        if is_enabled
        else config.disable_interactive_logging
    )()


def _runs_eagerly() -> bool:
    tensorflow = sys.modules.get("tensorflow")
    return tensorflow is not None and tensorflow.config.functions_run_eagerly()


def _run_eagerly(is_eager: bool) -> None:
    sys.modules["tensorflow"].config.run_functions_eagerly(is_eager)


def _jax_options() -> Members:
    jax = sys.modules.get("jax")
    if jax is None:
        return Members()
    options = dict(jax.config.values)
    options.pop("jax_default_device", None)  # each worker has its own
    return Members(options)


def _set_jax_options(options: dict[str, Any]) -> None:
    jax = sys.modules["jax"]
    for name, value in options.items():
        if jax.config.values.get(name) != value:
            jax.config.update(name, value)


KERAS_SETTINGS = (
    Setting("Keras' floatx", keras.config.floatx, keras.config.set_floatx),
    Setting(
        "Keras' image_data_format",
        keras.config.image_data_format,
        keras.config.set_image_data_format,
    ),
    Setting("Keras' epsilon", keras.config.epsilon, keras.config.set_epsilon),
    Setting(
        "Keras' dtype policy", keras.config.dtype_policy, keras.config.set_dtype_policy
    ),
    Setting(
        "Keras' distribution",
        keras.distribution.distribution,
        keras.distribution.set_distribution,
    ),
    Setting(
        "Keras' traceback filtering",
        keras.config.is_traceback_filtering_enabled,
        _set_traceback_filtering,
        matters=False,
    ),
    Setting(
        "Keras' interactive logging",
        keras.config.is_interactive_logging_enabled,
        _set_interactive_logging,
        matters=False,
    ),
    Setting("TensorFlow's eager functions", _runs_eagerly, _run_eagerly),
    Setting("JAX' options", _jax_options, _set_jax_options),
)
"""Settings that every model of a family is built under; see ``FamilySource``."""

AT_START = keras_state()
"""The settings when this module was imported."""
