"""One trial: build, train, measure. The only floor that speaks Keras."""

PRELOAD = "bench.training.preload"
"""Module whose import does all imports of a worker."""
