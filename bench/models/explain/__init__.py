"""Explanations: maps of the pixels that speak for the class that a model predicts.

``explain`` makes maps of plain Keras classifiers, on any backend. Needs Keras: call
``bench.training.backend.start`` before importing this package.
"""

from bench.models.explain.maps import Maps, explain
from bench.models.explain.methods import METHODS

__all__ = ["METHODS", "Maps", "explain"]
