"""Targets that a user names, which are not there until all of them is written."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.errors import UsageError, shown
from bench.files.refusals import explained


def check_free(target: Path, *, is_folder: bool, option: str = "--to") -> None:
    """Refuse a target that is there already, or can't be told.

    Args:
        target: What is to be written.
        is_folder: Whether a folder is written, which may be there if it is empty.
        option: Names the target.

    Raises:
        UsageError: Something else is there.
    """
    if _is_free(target, is_folder):
        return
    rule = (
        "names a folder that is empty or isn't there; {} is neither"
        if is_folder
        else "names a file that isn't there yet; {} can't be written over: remove it, "
        "or name another"
    )
    raise UsageError(f"{option} {rule.format(shown(str(target)))}")


def _is_free(target: Path, is_folder: bool) -> bool:
    try:
        if is_folder:
            return not any(target.iterdir())
        target.lstat()
    except FileNotFoundError:
        return not target.is_symlink()
    except (OSError, ValueError):  # no folder, one that can't be read, no path
        return False
    return False


@contextmanager
def whole_target(target: Path, option: str = "--to") -> Iterator[Path]:
    """A scratch path that becomes the target when the block ends without an error.

    It lies in a scratch folder next to the target and has the target's name. After an
    error nothing is left.

    Args:
        target: A file or folder that ``check_free`` let pass.
        option: Names the target.

    Raises:
        UsageError: There can be no such target.
        WriteError: It can't be written.
    """
    target = Path(os.path.abspath(target))  # so that "." has a name too
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise UsageError(
            f"{option} names what can be written; {shown(str(target))} can't "
            f"({error}): name another"
        ) from error
    try:
        with explained(target, option=option):
            yield scratch / target.name
            with suppress(FileNotFoundError, NotADirectoryError):
                target.rmdir()  # a folder is empty
            (scratch / target.name).rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
