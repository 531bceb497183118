"""How the image files of a data set are read."""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.datasets.streamed import Room


@dataclass(frozen=True)
class Reading:
    """How image files are read.

    Attributes:
        image_size: Height and width to which images are cropped and scaled; None for
            the size that they share.
        skip_unreadable: Whether unreadable files are left out or refused.
        room: Memory that images may take.
        classes_from: What names the classes in a folder of folders, see
            ``nested_classes``; None if each class has one folder.
        with_groups: Whether groups that a table names count.
    """

    image_size: tuple[int, int] | None
    skip_unreadable: bool
    room: Room = field(default_factory=Room)
    classes_from: str | None = None
    with_groups: bool = True
