"""A file for the decoded images of a study that streams them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bench.datasets import Split, Task
from bench.datasets.streamed import PixelFile, as_array, has_room, is_streamed
from bench.files import mebibytes
from bench.records import Resources

FILE = "pixels"


def kept(task: Task, folder: Path, resources: Resources) -> tuple[Task, str]:
    """Let the processes of a study keep streamed images once they are decoded.

    Machines of a cluster can't fill a file together: one may see the mark of an image
    before its pixels.

    Args:
        task: The task.
        folder: Of the file, on a disk that may lack the room.
        resources: What trains the trials.

    Returns:
        The task, whose streamed images are read from the file once they are in it; and
        a line for the user, empty for images in memory.

    Raises:
        WriteError: The folder can't be written.
    """
    images = task.train.images
    if not is_streamed(images):
        return task, ""
    if resources.is_cluster:
        return task, "images are decoded in every epoch, on the nodes that train"
    splits = (task.train, task.validation, task.test)
    size = sum(split.images.nbytes for split in splits)
    if not has_room(folder, size):
        return task, (
            f"images are decoded in every epoch: the disk of {str(folder)!r} lacks the "
            f"room to keep {mebibytes(size)}"
        )
    file = PixelFile.create(folder / FILE, len(images.encoded))

    def with_file(split: Split) -> Split:
        assert is_streamed(split.images)
        return replace(split, images=as_array(replace(split.images, kept=file)))

    train, validation, test = map(with_file, splits)
    kept_task = replace(task, train=train, validation=validation, test=test)
    return kept_task, (
        f"images are decoded once, into a file of {mebibytes(size)} that is removed at "
        "the end"
    )
