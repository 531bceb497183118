"""Files written whole or not at all, and what the system's refusals mean."""

from bench.files.atomic import remove_file, replace_file, replaced_file, reserve
from bench.files.attempts import Attempts
from bench.files.refusals import (
    SQLITE_ERRORS,
    damaged,
    explained,
    mebibytes,
    of_machine,
    unwritable,
    whole,
)

__all__ = [
    "SQLITE_ERRORS",
    "Attempts",
    "damaged",
    "explained",
    "mebibytes",
    "of_machine",
    "remove_file",
    "replace_file",
    "replaced_file",
    "reserve",
    "unwritable",
    "whole",
]
