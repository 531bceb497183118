"""Imports what a worker needs; imported once, before the workers are forked.

Only imports: neither threads that a backend starts nor what it knows of an
accelerator would live on in a fork.
"""

import os

from bench.training import backend

backend.load(backend.choose(None))

from bench.training import trial_runner as work  # noqa: E402, F401

if os.environ["KERAS_BACKEND"] == "tensorflow":
    from bench.training.compiled import tensorflow_epochs as fused  # noqa: F401
