"""Files: regular ones are read, all are written whole, and refusals are explained."""

from bench.files.atomic import remove_file, replace_file, replaced_file, reserve
from bench.files.attempts import Attempts
from bench.files.inputs import open_regular
from bench.files.refusals import (
    SQLITE_ERRORS,
    damaged,
    explained,
    mebibytes,
    of_machine,
    unwritable,
    whole,
)
from bench.files.targets import check_free, whole_target

__all__ = [
    "SQLITE_ERRORS",
    "Attempts",
    "check_free",
    "damaged",
    "explained",
    "mebibytes",
    "of_machine",
    "open_regular",
    "remove_file",
    "replace_file",
    "replaced_file",
    "reserve",
    "unwritable",
    "whole",
    "whole_target",
]
