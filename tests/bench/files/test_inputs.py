"""Files that others wrote are opened if they are regular, and never otherwise."""

import os
from pathlib import Path

import pytest

from bench.files import open_regular


def test_regular_file_is_opened_for_reading_through_links(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to("file")
    with open_regular(tmp_path / "link") as file:
        assert file.read() == b"content"
        assert not file.writable()


def test_fifo_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="a FIFO"):
        open_regular(tmp_path / "pipe")


def test_file_that_becomes_a_fifo_meanwhile_is_refused_without_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "pipe"
    path.write_bytes(b"content")
    status = os.stat(path)
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr("os.stat", lambda _: status)
    with pytest.raises(OSError, match="a FIFO"):
        open_regular(path)


@pytest.mark.parametrize(
    ("path", "words"), [("/dev/zero", "a device"), ("/", "a folder"), ("a\0b", "null")]
)
def test_other_things_are_refused_by_their_kind(path: str, words: str) -> None:
    with pytest.raises(OSError, match=words):
        open_regular(Path(path))
