"""Benchmark Keras image models: search, train the best honestly, rank.

The command line is ``python -m bench``; the model families it searches live in
the package ``search_spaces``.
"""

__version__ = "0.1.0"
