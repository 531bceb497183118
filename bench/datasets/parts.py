"""The parts of a folder of images: its training, validation and test folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.datasets.class_folders import ClassFolder, images_and_folders
from bench.errors import DatasetError, shown
from bench.records import TEST, TRAIN, VALIDATION

_NAMES = {
    TRAIN: ("train",),
    VALIDATION: ("val", "valid", "validation"),
    TEST: ("test",),
}
"""Names of the folders of each part, in any case of letters."""


def parts_of(root: Path) -> dict[str, Path]:
    """The folders that hold the classes, by parts; of the training part first.

    A folder ``train`` and one of another part beside it are parts, and so is ``train``
    alone. Otherwise the folder itself holds the classes.

    Raises:
        DatasetError: A part has two folders.
        OSError: The folder can't be read.
    """
    _, folders = images_and_folders(root)
    found = {
        part: [folder for folder in folders if folder.name.lower() in names]
        for part, names in _NAMES.items()
    }
    for part, places in found.items():
        if len(places) > 1:
            raise DatasetError(
                f"the {part} images lie in one folder; {shown(str(root))} has "
                f"{' and '.join(folder.name for folder in places)}: remove or rename "
                "one"
            )
    has_others = bool(found[VALIDATION] or found[TEST])
    is_alone = len(folders) == 1 and bool(images_and_folders(folders[0])[1])
    if not found[TRAIN] or not (has_others or is_alone):
        return {TRAIN: root}
    return {part: places[0] for part, places in found.items() if places}


def check_same_classes(root: Path, parts: Mapping[str, Sequence[ClassFolder]]) -> None:
    """Refuse parts that hold other classes than the training images.

    Args:
        root: The folder of all parts.
        parts: The folders of the classes of each part.

    Raises:
        DatasetError: One is missing in a part.
    """
    classes = {part: {f.label for f in folders} for part, folders in parts.items()}
    for part, names in classes.items():
        if differing := names ^ classes[TRAIN]:
            raise DatasetError(
                f"{TRAIN}/ and {part}/ must hold the same class folders; "
                f"{shown(min(differing))} is only in one of them, in "
                f"{shown(str(root))}; add it to the other or remove it"
            )
