"""What the system refuses is one line that names the file and the way out."""

from __future__ import annotations

import errno
import os
import resource
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.errors import DamagedStoreError, StoreError, WriteError
from bench.files import (
    Attempts,
    explained,
    of_machine,
    replace_file,
    replaced_file,
    reserve,
    whole,
)


@pytest.mark.parametrize(
    ("number", "rule", "way_out"),
    [
        (errno.ENOSPC, "a disk must have room", "free some"),
        (errno.EDQUOT, "a disk must have room", "free some"),
        (errno.EFBIG, "a disk must have room", "free some"),
        (errno.EMFILE, "only so many files open", "ulimit -n"),
        (errno.EIO, "a disk must keep", "on another disk with --results"),
        (errno.ENAMETOOLONG, "as short as", "a shorter folder"),
        (errno.EACCES, "must be writable", "permissions"),
        (errno.EROFS, "must be writable", "another with --results"),
        (errno.EISDIR, "must be writable", "another with --results"),
    ],
)
def test_refusal_says_rule_file_reason_and_way_out(
    tmp_path: Path, number: int, rule: str, way_out: str
) -> None:
    path = tmp_path / "deep" / "table.csv"
    with pytest.raises(WriteError) as refused, explained(path):
        raise OSError(number, os.strerror(number))
    message = str(refused.value)
    for part in (rule, repr(str(path)), os.strerror(number), way_out):
        assert part in message
    assert "\n" not in message


def test_full_database_needs_room_and_another_file_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "bench.sqlite3"
    sql = sqlite3.connect(path, isolation_level=None)
    sql.execute("CREATE TABLE images (image)")
    sql.execute("PRAGMA max_page_count = 4")
    with pytest.raises(WriteError, match="a disk must have room"), explained(path):
        sql.execute("INSERT INTO images VALUES (zeroblob(99999))")
    sql.close()
    path.write_text("these are my notes\n" * 100)
    sql = sqlite3.connect(path)
    with pytest.raises(DamagedStoreError, match="bench doctor"), explained(path):
        sql.execute("SELECT * FROM images")
    sql.close()


def test_locked_store_is_in_use(tmp_path: Path) -> None:
    path = tmp_path / "bench.sqlite3"
    first, second = (sqlite3.connect(path, isolation_level=None) for _ in range(2))
    first.execute("CREATE TABLE numbers (n)")
    first.execute("BEGIN EXCLUSIVE")
    second.execute("PRAGMA busy_timeout = 0")
    with pytest.raises(StoreError, match="is in use"), explained(path):
        second.execute("INSERT INTO numbers VALUES (1)")
    first.close()
    second.close()


def test_fault_of_the_machine_is_found_behind_other_errors() -> None:
    full = OSError(errno.ENOSPC, "No space left on device", "/tmp/model.keras")
    behind = RuntimeError("can't save")
    behind.__cause__ = full
    for error in (full, behind, RuntimeError("write: No space left on device")):
        fault = of_machine(error)
        assert isinstance(fault, WriteError)
        assert "a disk must have room" in str(fault)
    assert "/tmp/model.keras" in str(of_machine(behind))
    assert of_machine(StoreError("a line")).args == ("a line",)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "error",
    [
        ValueError("units must be positive"),
        FileNotFoundError(errno.ENOENT, "No such file", "weights.h5"),
        PermissionError(errno.EACCES, "Permission denied", "weights.h5"),
        MemoryError(),
    ],
)
def test_errors_of_a_configuration_are_no_fault_of_the_machine(
    error: Exception,
) -> None:
    assert of_machine(error) is None


@pytest.fixture
def short_files() -> Iterator[int]:
    """Lets files of this process grow to a maximum of bytes, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    yield 10_000
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_file_that_cannot_grow_leaves_the_old_one_whole(
    tmp_path: Path, short_files: int
) -> None:
    path = tmp_path / "table.csv"
    replace_file(path, b"old")
    with pytest.raises(WriteError, match=r"table\.csv' needs 20 KiB"):
        replace_file(path, bytes(2 * short_files))
    with (
        pytest.raises(WriteError, match="a disk must have room"),
        replaced_file(path) as scratch,
        scratch.open("wb") as file,
    ):
        np.save(file, np.zeros(2 * short_files))
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"table.csv": b"old"}


def make_mapped(path: Path, size: int) -> None:
    with replaced_file(path, size=size) as scratch:
        np.lib.format.open_memmap(scratch, "w+", np.uint8, (size,))
        reserve(scratch)


def test_whole_place_of_a_mapped_file_is_reserved(small_disk: Any) -> None:
    path = small_disk.folder / "features.npy"
    with pytest.raises(
        WriteError, match=r"features\.npy' needs 8\.0 MiB.* has 4\.0 MiB"
    ):
        make_mapped(path, 2**23)
    assert list(small_disk.folder.iterdir()) == []
    make_mapped(path, 2**21)
    assert path.stat().st_blocks * 512 >= 2**21


def test_attempts_go_on_and_raise_the_first_refusal(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    attempts = Attempts()
    for name in ("a", "folder", "b"):
        with attempts:
            replace_file(tmp_path / name, b"content")
    assert (tmp_path / "b").read_bytes() == b"content"
    with pytest.raises(WriteError, match="folder"):
        attempts.end()
    with pytest.raises(ValueError, match="other"), attempts:
        raise ValueError("other")


def test_damaged_file_names_what_to_remove(tmp_path: Path) -> None:
    path = tmp_path / "train.npy"
    path.write_bytes(b"\x93NUMPY")
    with (
        pytest.raises(StoreError, match=f"train.npy.*remove '{tmp_path}'"),
        whole(path, "a file of features", remove=tmp_path),
    ):
        np.load(path)


def test_error_that_is_its_own_cause_is_no_fault_of_the_machine() -> None:
    error = ValueError("of a model")
    error.__cause__ = error
    assert of_machine(error) is None
