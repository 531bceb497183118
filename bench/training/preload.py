"""Imports everything that a worker needs; imported once, before workers are forked.

It only imports: neither threads that a backend starts nor the state of an accelerator
would survive the fork.
"""

import os

from bench.training import backend

backend.load(backend.choose(None))

from bench.training import trial_runner  # noqa: E402, F401

if os.environ["KERAS_BACKEND"] == "tensorflow":
    from bench.training.compiled import tensorflow_epochs  # noqa: F401
