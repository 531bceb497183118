"""The store of a results folder: one SQLite file that holds all studies."""

from bench.store.database import check_writable
from bench.store.folders import (
    CACHE,
    EXPLANATIONS,
    MODELS,
    RECORD,
    SCRATCH,
    early_end_file,
    model_file,
    model_files,
    model_folder,
    network_file,
    role_files,
)
from bench.store.lock import is_written, locked
from bench.store.remains import Count
from bench.store.salvage import Inspection, inspect, salvage
from bench.store.schema import APPLICATION_ID, FILE_NAME, SCHEMA_VERSION
from bench.store.snapshot import snapshot
from bench.store.store import Store

__all__ = [
    "APPLICATION_ID",
    "CACHE",
    "EXPLANATIONS",
    "FILE_NAME",
    "MODELS",
    "RECORD",
    "SCHEMA_VERSION",
    "SCRATCH",
    "Count",
    "Inspection",
    "Store",
    "check_writable",
    "early_end_file",
    "inspect",
    "is_written",
    "locked",
    "model_file",
    "model_files",
    "model_folder",
    "network_file",
    "role_files",
    "salvage",
    "snapshot",
]
