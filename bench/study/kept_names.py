"""The names of kept models, which follow the roles of their final trainings.

The store changes roles at one instant, files are renamed one by one. A file beside the
models says which names are in force, so that an interrupted renaming is carried out.
"""

from __future__ import annotations

from pathlib import Path

from bench.errors import WriteError, shown
from bench.files import replace_file
from bench.records import StudyRecord
from bench.records.run_off import DECIDED, UNDECIDED
from bench.store import model_folder, role_files

NAMES = "names"
"""File beside the models that says which names are in force; none if nothing was ever
renamed."""

_ORIGINAL, _DECIDED = "original", "decided"
_STEPS = {
    _ORIGINAL: (*DECIDED[0], "deciding"),
    "deciding": (*DECIDED[1], _DECIDED),
    _DECIDED: (*UNDECIDED[0], "returning"),
    "returning": (*UNDECIDED[1], _ORIGINAL),
}
"""By the names in force: the role whose files get the names of another, and the names
that are in force then. A step that was interrupted can be repeated."""


def follow(results: Path, study: StudyRecord) -> None:
    """Give kept models the names of the roles that their trainings have now.

    Args:
        results: The results folder.
        study: The study, as the store holds it now.

    Raises:
        WriteError: The folder can't be written.
    """
    wanted = _ORIGINAL if study.chosen is None else _DECIDED
    folder = model_folder(results, study.id)
    try:
        names = _names(folder, wanted)
        while names != wanted:
            before, after, names = _STEPS[names]
            for file, renamed in role_files(folder, before, after):
                file.replace(renamed)
            replace_file(folder / NAMES, names.encode())
    except OSError as error:
        raise WriteError(
            "kept models are named after what they are of; those in "
            f"{shown(str(folder))} can't be renamed ({error.strerror}): change its "
            "permissions, and search again"
        ) from error


def _names(folder: Path, wanted: str) -> str:
    """The names in force; those that are wanted where no model has one yet."""
    if not any(folder.glob("*.keras")):
        if wanted != _ORIGINAL or (folder / NAMES).exists():
            replace_file(folder / NAMES, wanted.encode())
        return wanted
    try:
        names = (folder / NAMES).read_text("utf-8")
    except FileNotFoundError:
        return _ORIGINAL
    return names if names in _STEPS else wanted  # the file is damaged
