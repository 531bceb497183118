"""The files of a family from elsewhere that travel to other machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import UsageError
from bench.study import family_code


@pytest.fixture
def there(tmp_path: Path) -> Path:
    folder = tmp_path / "there"
    folder.mkdir()
    return folder


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")


def test_file_of_a_family_travels_with_its_folder(tmp_path: Path, there: Path) -> None:
    here = tmp_path / "here"
    write(here, "theirs.py", "helper.py", "parts/blocks.py", "widths.json")
    write(here, ".git/config", "parts/__pycache__/blocks.pyc")
    write(here, "results/bench.sqlite3", "results/models/0.keras", "env/pyvenv.cfg")
    folder, place = family_code.gather(f"{here / 'theirs.py'}:build", there)
    assert (folder, place) == (there, "theirs.py:build")
    names = {str(p.relative_to(there)) for p in there.rglob("*") if p.is_file()}
    assert names == {"theirs.py", "helper.py", "parts/blocks.py", "widths.json"}


def test_package_that_is_not_installed_travels_alone(
    tmp_path: Path, there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "root", "theirpackage/__init__.py", "theirpackage/models.py")
    write(tmp_path / "root", "other.py")
    monkeypatch.syspath_prepend(str(tmp_path / "root"))
    place = "theirpackage.models:build"
    assert family_code.gather(place, there) == (there, place)
    assert [path.name for path in there.iterdir()] == ["theirpackage"]


@pytest.mark.parametrize("place", ["vgg", "keras.applications:VGG16", "nowhere:build"])
def test_what_is_installed_or_unknown_does_not_travel(place: str, there: Path) -> None:
    assert family_code.gather(place, there) == (None, place)


def test_folder_that_is_too_large_is_refused(
    tmp_path: Path, there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(family_code, "MAX_BYTES", 10)
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "theirs.py").write_text("# a long comment")
    with pytest.raises(UsageError, match="a folder of its own"):
        family_code.gather(f"{tmp_path / 'here' / 'theirs.py'}:build", there)


def test_package_without_an_init_file_travels_from_all_its_places(
    tmp_path: Path, there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for root, name in (("one", "models.py"), ("other", "parts/blocks.py")):
        write(tmp_path / root, f"theirspace/{name}")
        monkeypatch.syspath_prepend(str(tmp_path / root))
    place = "theirspace.models:build"
    assert family_code.gather(place, there) == (there, place)
    names = {str(p.relative_to(there)) for p in there.rglob("*") if p.is_file()}
    assert names == {"theirspace/models.py", "theirspace/parts/blocks.py"}


def test_family_beside_results_travels_without_the_store(
    tmp_path: Path, there: Path
) -> None:
    here = tmp_path / "here"
    write(here, "theirs.py", "bench.sqlite3", "bench.sqlite3-wal")
    family_code.gather(f"{here / 'theirs.py'}:build", there)
    assert [path.name for path in there.iterdir()] == ["theirs.py"]


@pytest.mark.parametrize("target", ["here", "here/parts", "."])
def test_link_to_a_folder_around_it_is_not_followed(
    tmp_path: Path, there: Path, target: str
) -> None:
    here = tmp_path / "here"
    write(here, "theirs.py", "parts/blocks.py")
    (here / "parts" / "again").symlink_to(tmp_path / target)
    family_code.gather(f"{here / 'theirs.py'}:build", there)
    names = {str(p.relative_to(there)) for p in there.rglob("*") if p.is_file()}
    assert names == {"theirs.py", "parts/blocks.py"}
