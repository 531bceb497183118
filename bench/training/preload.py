"""Imports what a worker needs; imported once, before the workers are forked.

Only imports: threads that a backend starts would not live on in a fork.
"""

import os

from bench.training import backend

backend.start(backend.choose(None))

from bench.training import work  # noqa: E402, F401

if os.environ["KERAS_BACKEND"] == "tensorflow":
    from bench.training import fused  # noqa: F401
