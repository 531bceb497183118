"""``model.fit`` by compiled epochs, for any Keras model and its callbacks.

``CompiledFit`` stands in for Keras' ``fit`` while a search runs: the same arguments,
callbacks, logs and history, but no interpreter between two batches. What it can't do
exactly is left to Keras' own ``fit``, and the reason is kept.

- ``request``: the arguments of a call, and why Keras' own ``fit`` must serve it.
- ``programs``: compiled epochs, shared by models of the same structure.
- ``loop``: the epochs of a call, with its callbacks.
"""

from bench.training.fit.compiled_fit import CompiledFit

__all__ = ["CompiledFit"]
