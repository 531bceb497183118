"""The store of a results folder: one SQLite file that holds all studies."""

from bench.store.database import (
    APPLICATION_ID,
    FILE_NAME,
    SCHEMA_VERSION,
    check_writable,
)
from bench.store.lock import locked
from bench.store.store import Store

__all__ = [
    "APPLICATION_ID",
    "FILE_NAME",
    "SCHEMA_VERSION",
    "Store",
    "check_writable",
    "locked",
]
