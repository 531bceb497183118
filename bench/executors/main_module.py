"""Starts processes that leave the user's main module alone.

``multiprocessing`` runs the main module again in each process that it starts, so that
what was pickled by reference to it can be found. A script that searches without
``if __name__ == "__main__":`` would search again in each worker. What a worker needs of
the main module is sent to it by value.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import spawn
from typing import Any

_OF_MAIN = ("init_main_from_name", "init_main_from_path")

_lock = threading.Lock()


@contextmanager
def main_left_alone() -> Iterator[None]:
    """Let processes that are started meanwhile not run the main module."""
    with _lock:
        prepared = spawn.get_preparation_data

        def without_main(name: str) -> dict[str, Any]:
            data = prepared(name)
            return {key: value for key, value in data.items() if key not in _OF_MAIN}

        spawn.get_preparation_data = without_main
        try:
            yield
        finally:
            spawn.get_preparation_data = prepared
