"""The layers of a network, as a report shows them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, kw_only=True)
class LayerRecord:
    """A layer of a network.

    Attributes:
        name: Unique in its model.
        type: Its class.
        shape: Of its output without the batch; None if unknown, and None for a side
            that may have any length.
        parameters: Trainable or not.
        multiply_adds: Of its kernels for one image; None if unknown.
        inputs: Names of the layers whose outputs it takes.
        depth: Number of models that it lies in, beside the network itself.
        is_model: Whether it is a model, whose layers follow.
    """

    name: str
    type: str
    shape: tuple[int | None, ...] | None
    parameters: int
    multiply_adds: int | None
    inputs: tuple[str, ...] = ()
    depth: int = 0
    is_model: bool = False


@dataclass(frozen=True, kw_only=True)
class NetworkRecord:
    """A network; it lies beside the models of a study as JSON.

    Attributes:
        layers: In the order of their computation; those of a nested model follow it.
    """

    layers: tuple[LayerRecord, ...]

    @property
    def parameters(self) -> int:
        return sum(layer.parameters for layer in self.layers if layer.depth == 0)

    @property
    def multiply_adds(self) -> int | None:
        """For one image; None if those of a layer are unknown."""
        return total(layer.multiply_adds for layer in self.layers if layer.depth == 0)

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> NetworkRecord:
        """Read a record.

        Raises:
            ValueError: The text is no record of a network.
        """
        try:
            layers = [_layer(values) for values in json.loads(text)["layers"]]
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"no record of a network: {error}") from error
        return cls(layers=tuple(layers))


def total(counts: Iterable[int | None]) -> int | None:
    """The sum; None if a count is unknown."""
    known = list(counts)
    return None if None in known else sum(count or 0 for count in known)


def _layer(values: dict[str, object]) -> LayerRecord:
    shape, inputs = values["shape"], values["inputs"]
    values["shape"] = None if shape is None else tuple(shape)  # type: ignore[arg-type]
    values["inputs"] = tuple(inputs)  # type: ignore[arg-type]
    return LayerRecord(**values)  # type: ignore[arg-type]
