"""Settings of Keras that hold for the whole process, such as mixed precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import keras


@dataclass(frozen=True, kw_only=True)
class GlobalState:
    """Settings that a user's file or ``build`` may set for all models after it.

    Attributes:
        dtype_policy: Of layers that are given none.
        floatx: Type of floats.
        image_data_format: Where images have their channels.
        AT_START: The settings when this module was imported.
    """

    dtype_policy: Any
    floatx: str
    image_data_format: str
    AT_START: ClassVar[GlobalState]

    @classmethod
    def now(cls) -> GlobalState:
        """The current settings."""
        return cls(
            dtype_policy=keras.config.dtype_policy(),
            floatx=keras.config.floatx(),
            image_data_format=keras.config.image_data_format(),
        )

    def restore(self) -> None:
        """Set these settings again."""
        keras.config.set_floatx(self.floatx)
        keras.config.set_image_data_format(self.image_data_format)
        keras.config.set_dtype_policy(self.dtype_policy)


GlobalState.AT_START = GlobalState.now()
