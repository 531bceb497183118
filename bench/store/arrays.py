"""Arrays as compressed bytes for a column of a table; nothing is pickled."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np


def pack(**arrays: np.ndarray) -> bytes:
    """Arrays as bytes; ``unpack`` turns them back."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def pack_outputs(outputs: Mapping[str, np.ndarray]) -> bytes:
    """Outputs of models as bytes; floats are kept in 16 bits."""
    kept = {
        name: values.astype(np.float16) if values.dtype.kind == "f" else values
        for name, values in outputs.items()
    }
    return pack(**kept)


def unpack_one(blob: bytes, name: str) -> np.ndarray | None:
    """One of the arrays that ``pack`` was given; None if there is none of its name."""
    with np.load(io.BytesIO(blob), allow_pickle=False) as arrays:
        return arrays[name] if name in arrays.files else None


def unpack(blob: bytes) -> Mapping[str, np.ndarray]:
    """The arrays that ``pack`` was given, by name."""
    with np.load(io.BytesIO(blob), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}
