"""Targets that a user names are written whole, and replace nothing."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from bench.errors import UsageError
from bench.files import check_free, whole_target


def test_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "new" / "model.bin"
    with whole_target(target) as scratch:
        scratch.write_text("content")
        assert not target.exists()
    assert target.read_text() == "content"
    assert list(target.parent.iterdir()) == [target]


def test_folder_takes_the_place_of_an_empty_one(tmp_path: Path) -> None:
    target = tmp_path / "model"
    target.mkdir()
    check_free(target, is_folder=True)
    with whole_target(target) as scratch:
        scratch.mkdir()
        (scratch / "part").touch()
    assert [path.name for path in target.iterdir()] == ["part"]
    assert target.stat().st_mode & 0o777 == 0o755


def test_folder_is_written_where_the_process_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with whole_target(Path()) as scratch:
        scratch.mkdir()
        (scratch / "part").touch()
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["part"]


def test_error_leaves_nothing_behind(tmp_path: Path) -> None:
    with suppress(ValueError), whole_target(tmp_path / "model") as scratch:
        scratch.mkdir()
        (scratch / "half").touch()
        raise ValueError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("is_folder", [True, False])
def test_target_that_is_there_is_refused(tmp_path: Path, is_folder: bool) -> None:
    file, folder, link = (tmp_path / name for name in ("file", "folder", "link"))
    file.touch()
    folder.mkdir()
    (folder / "file").touch()
    link.symlink_to(tmp_path / "nowhere")
    for target in (file, folder, link, file / "below"):
        with pytest.raises(UsageError, match="--to names a f"):
            check_free(target, is_folder=is_folder)
    check_free(tmp_path / "other", is_folder=is_folder)


def test_empty_folder_is_no_place_for_a_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="isn't there yet"):
        check_free(tmp_path, is_folder=False)


def test_target_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(UsageError, match="names what can be written"),
        whole_target(tmp_path / "file" / "below" / "model"),
    ):
        pass
