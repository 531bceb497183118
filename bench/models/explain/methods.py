"""The methods by name, and which of them fits a model."""

from __future__ import annotations

from bench.errors import UsageError, unknown

GRAD_CAM, HIRES_CAM = "grad-cam", "hires-cam"
INTEGRATED, OCCLUSION = "integrated-gradients", "occlusion"

METHODS = {
    GRAD_CAM: "the maps of a late convolution, weighted by their mean gradients",
    HIRES_CAM: "the maps of a late convolution, each position by its gradient",
    INTEGRATED: "gradients on the way from an empty image",
    OCCLUSION: "the fall of the probability when a part is covered",
}
"""Names of the methods, and what each of them looks at."""

OF_LAYER = frozenset({GRAD_CAM, HIRES_CAM})
"""Methods that look at the maps of a layer."""

SIGNED = frozenset({INTEGRATED, OCCLUSION})
"""Methods whose maps are negative where a pixel speaks against the class."""


def check(method: str | None, layer: str | None) -> None:
    """Refuse a method that does not exist, or a layer for one that takes none.

    Raises:
        UsageError: As said.
    """
    if method is not None and method not in METHODS:
        listing = f"methods: {', '.join(METHODS)}"
        raise UsageError(unknown("method", method, METHODS, listing))
    if layer is not None and method is not None and method not in OF_LAYER:
        raise UsageError(
            f"--layer goes with {GRAD_CAM} and {HIRES_CAM}, which weight its maps; "
            f"{method} takes none: leave out one of the two"
        )
