"""The formats in which models are exported, and the packages that each needs."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from bench.errors import UsageError, shown, unknown
from bench.files import check_free

if TYPE_CHECKING:
    import keras
    import numpy as np

    Runtime = Callable[[np.ndarray], np.ndarray]


class Converter(Protocol):
    """Writes models in one format, and loads them in its runtime."""

    def write(self, model: keras.Model, path: Path) -> None:
        """Write a model; a folder isn't there yet."""

    def quantize(
        self, model: keras.Model, path: Path, calibration: np.ndarray
    ) -> dict[str, int]:
        """Write a model with weights of eight bits.

        Args:
            model: Is left as it is.
            path: As for ``write``.
            calibration: Inputs of the model, from which ranges of its activations are
                taken.

        Returns:
            Number of weights by their type, such as ``int8``.
        """

    def load(self, path: Path) -> Runtime:
        """Load a model; what is returned takes and returns batches."""


@dataclass(frozen=True, kw_only=True)
class Format:
    """A format for models.

    Attributes:
        name: Key in ``FORMATS``.
        suffix: Of the file; empty for a folder.
        module: Holds the functions of ``Converter``.
        quantizes: What ``quantize`` quantizes.
        packages: Modules that it needs besides those of the toolkit; an extra of the
            format's name installs them.
    """

    name: str
    suffix: str
    module: str
    quantizes: str
    packages: tuple[str, ...] = ()

    @property
    def is_folder(self) -> bool:
        return not self.suffix

    @property
    def converter(self) -> Converter:
        """Needs Keras, and the packages of the format."""
        return cast(Converter, import_module(f"bench.models.export.{self.module}"))


_DENSE = "weights of dense layers only"
_ALL = "weights and activations of the layers that the runtime has integers for"

FORMATS = {
    format.name: format
    for format in (
        Format(
            name="keras",
            suffix=".keras",
            module="keras_file",
            quantizes=_DENSE,
        ),
        Format(
            name="savedmodel",
            suffix="",
            module="saved_model",
            quantizes=_DENSE,
        ),
        Format(
            name="onnx",
            suffix=".onnx",
            module="onnx_file",
            quantizes=_ALL,
            packages=("onnx", "onnxruntime", "tf2onnx"),
        ),
        Format(
            name="openvino",
            suffix="",
            module="openvino_folder",
            quantizes=_ALL,
            packages=("openvino", "nncf"),
        ),
        Format(
            name="litert",
            suffix=".tflite",
            module="litert_file",
            quantizes=_ALL,
            packages=("ai_edge_litert",),
        ),
    )
}


def find(name: str) -> Format:
    """The format of a name.

    Raises:
        UsageError: There is no such format.
    """
    if name not in FORMATS:
        raise UsageError(unknown("format", name, FORMATS, ", ".join(FORMATS)))
    return FORMATS[name]


def check(format: Format, target: Path) -> None:
    """Refuse what no export in a format can succeed with, before any work.

    Raises:
        UsageError: The target has another suffix or is there already, or a package is
            missing; the message says how to install it.
    """
    if format.suffix and target.suffix != format.suffix:
        raise UsageError(
            f"--to names a file that ends in {format.suffix} for {format.name}; "
            f"{shown(str(target))} doesn't"
        )
    check_free(target, is_folder=format.is_folder)
    missing = [p for p in format.packages if importlib.util.find_spec(p) is None]
    if missing:
        raise UsageError(
            f"a format's packages must be installed; {format.name} lacks "
            f'{", ".join(missing)}: pip install "keras-leaderboard[{format.name}]", '
            f'or in the folder of the sources pip install ".[{format.name}]"'
        )
