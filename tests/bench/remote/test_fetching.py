"""Data sets at URLs give the tasks of local copies, and are fetched once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.cli import main
from bench.errors import DatasetError, RefusedError, RemoteError, WriteError
from bench.remote import CacheSettings, local_copy, transfer

fsspec = pytest.importorskip("fsspec")
pytest.importorskip("aiohttp")


@pytest.fixture
def memory() -> Iterator[Any]:
    """A bucket in this process."""
    system = fsspec.filesystem("memory")
    yield system
    system.rm("/", recursive=True)


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are fetched."""
    names: list[str] = []
    fetch = transfer.fetch

    def counted(folder: Any, file: Any, to: Path, **options: Any) -> None:
        names.append(file.name)
        fetch(folder, file, to, **options)

    monkeypatch.setattr(transfer, "fetch", counted)
    return names


@pytest.fixture
def arrays(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    path = tmp_path / "arrays.npz"
    X, y = random.integers(0, 255, (90, 6, 6, 1), np.uint8), np.arange(90) % 3
    np.savez(path, X=X, y=y, burst=np.arange(90) // 2)
    return path


def test_folder_in_a_bucket_is_the_task_of_a_local_folder_and_is_fetched_once(
    photos: Path,
    memory: Any,
    load_task: Callable,
    fetched: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    memory.put(str(photos), "/team/photos", recursive=True)
    here = load_task(f"folder:{photos}", tmp_path)
    there = load_task("folder:memory://team/photos", tmp_path)
    assert there.record.fingerprint == here.record.fingerprint
    assert there.record.dataset == "folder:memory://team/photos"
    assert there.notes == here.notes
    assert there.train.files.tolist() == here.train.files.tolist()
    assert len(fetched) == 61
    assert "fetching 61 files" in capsys.readouterr().err
    load_task("folder:memory://team/photos/", tmp_path)
    assert len(fetched) == 61


def test_shards_are_written_from_a_bucket_and_read_from_one(
    photos: Path, memory: Any, load_task: Callable, tmp_path: Path
) -> None:
    memory.put(str(photos), "/team/photos", recursive=True)
    shards = tmp_path / "shards"
    words = ("shard", "folder:memory://team/photos", "--to", str(shards))
    with pytest.raises(SystemExit) as ended:
        main([*words, "--data", str(tmp_path), "--cache-size", "1M"])
    assert not ended.value.code
    memory.put(str(shards), "/team/shards", recursive=True)
    here = load_task(f"shards:{shards}", tmp_path)
    there = load_task("shards:memory://team/shards", tmp_path)
    assert there.record.fingerprint == here.record.fingerprint
    assert there.record.images == 60


def test_changed_files_are_fetched_again_and_removed_ones_go(
    photos: Path,
    memory: Any,
    load_task: Callable,
    fetched: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    memory.put(str(photos), "/team/photos", recursive=True)
    load_task("folder:memory://team/photos", tmp_path)
    fetched.clear()
    memory.put_file(str(photos / "dog" / "01.png"), "/team/photos/cat/00.png")
    memory.rm_file("/team/photos/dog/19.png")
    capsys.readouterr()
    task = load_task("folder:memory://team/photos", tmp_path, is_quiet=True)
    assert capsys.readouterr().err == ""
    assert fetched == ["cat/00.png"]
    assert task.record.images == 59


def test_arrays_and_their_groups_come_from_urls(
    arrays: Path, memory: Any, web: Any, load_task: Callable, tmp_path: Path
) -> None:
    memory.put_file(str(arrays), "/team/arrays.npz")
    shutil.copy(arrays, web.folder)
    record = load_task(f"npz:{arrays}", tmp_path).record
    assert load_task("npz:memory://team/arrays.npz", tmp_path).record.fingerprint == (
        record.fingerprint
    )
    address = f"{web.url}/arrays.npz"
    task = load_task(
        f"npz:{address}",
        tmp_path,
        addresses={address: f"{address.replace('//', '//ada:s3cret@')}?sig=s3cret"},
    )
    assert task.record.fingerprint == record.fingerprint
    assert task.record.dataset == f"npz:{address}"
    assert ("/arrays.npz?sig=s3cret", None) in web.asked
    copies = (tmp_path / "remote").rglob("*")
    kept = b"".join(p.read_bytes() + str(p).encode() for p in copies if p.is_file())
    assert b"s3cret" not in kept


def test_folder_of_a_web_server_is_read_from_its_index(
    photos: Path, web: Any, load_task: Callable, tmp_path: Path
) -> None:
    shutil.copytree(photos, web.folder / "photos")
    here = load_task(f"folder:{photos}", tmp_path)
    there = load_task(f"folder:{web.url}/photos", tmp_path)
    assert there.record.fingerprint == here.record.fingerprint
    assert there.record.class_names == ("cat", "dog", "my horse")
    with pytest.raises(RefusedError, match="without a query") as refused:
        load_task(
            f"folder:{web.url}/photos",
            tmp_path / "other",
            addresses={f"{web.url}/photos": f"{web.url}/photos?sig=s3cret"},
        )
    assert "s3cret" not in str(refused.value)


@pytest.fixture
def large(web: Any, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A file of 40 pieces on the web server."""
    monkeypatch.setattr(transfer, "PIECE", 5000)
    content = np.random.default_rng(0).bytes(200_000)
    (web.folder / "large.npz").write_bytes(content)
    return content


def fetch(web: Any, folder: Path, name: str = "large.npz", size: int = 10**9) -> bytes:
    cache = CacheSettings(folder=folder, size=size)
    return local_copy(f"{web.url}/{name}", is_folder=False, cache=cache).read_bytes()


def test_network_that_fails_in_the_middle_is_asked_again_for_the_piece(
    web: Any, large: bytes, tmp_path: Path
) -> None:
    web.breaks = 3
    assert fetch(web, tmp_path) == large
    assert len(web.asked) == 43


def test_network_that_keeps_failing_is_one_line_and_the_same_command_goes_on(
    web: Any, large: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece, came = transfer._piece, []

    def failing(*arguments: Any) -> bytes:
        if len(came) == 20:
            web.breaks = 1000
        came.append(1)
        return piece(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(transfer, "_piece", failing)
        with pytest.raises(RemoteError, match=r"4 times.* the same command") as failed:
            fetch(web, tmp_path)
    assert "\n" not in str(failed.value)
    web.breaks = 0
    web.asked.clear()
    assert fetch(web, tmp_path) == large
    assert len(web.asked) == 20


@pytest.mark.slow
def test_fetch_that_is_killed_goes_on(
    photos: Path, web: Any, load_task: Callable, tmp_path: Path
) -> None:
    shutil.copytree(photos, web.folder / "photos")
    web.seconds = 0.2
    code = (
        "from pathlib import Path; from bench.remote import *; local_copy("
        f"'{web.url}/photos', is_folder=True, cache=CacheSettings("
        f"folder=Path({str(tmp_path)!r}), size=10**9))"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    while sum(path.endswith(".png") for path, _ in web.asked) < 40:
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    web.seconds = 0
    web.asked.clear()
    here = load_task(f"folder:{photos}", tmp_path)
    there = load_task(f"folder:{web.url}/photos", tmp_path)
    assert there.record.fingerprint == here.record.fingerprint
    assert sum(path.endswith(".png") for path, _ in web.asked) < 45


def test_server_without_ranges_sends_large_files_whole(
    web: Any, large: bytes, tmp_path: Path
) -> None:
    web.has_ranges = False
    assert fetch(web, tmp_path) == large


@pytest.mark.parametrize(
    ("status", "rule"), [(404, "must lead to something"), (403, "must grant access")]
)
def test_refusal_is_one_line_without_credentials_and_not_asked_again(
    web: Any, tmp_path: Path, status: int, rule: str
) -> None:
    web.status = status
    with pytest.raises(RefusedError, match=rule) as refused:
        fetch(web, tmp_path, "a.npz?sig=s3cret")
    assert "s3cret" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert len(web.asked) == 1


def test_server_that_is_overloaded_is_asked_again(web: Any, tmp_path: Path) -> None:
    web.status = 503
    with pytest.raises(RemoteError, match="4 times, at last with 503"):
        fetch(web, tmp_path, "a.npz")
    assert len(web.asked) == 4


def test_whole_copy_serves_while_the_network_is_down(
    web: Any, large: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch(web, tmp_path)
    web.status = 503
    assert fetch(web, tmp_path) == large
    assert "the copy of 20" in capsys.readouterr().err


def test_bucket_that_holds_nothing_is_refused(
    memory: Any, load_task: Callable, tmp_path: Path
) -> None:
    for dataset in ("folder:memory://nowhere/photos", "npz:memory://nowhere/a.npz"):
        with pytest.raises(RefusedError, match="nowhere"):
            load_task(dataset, tmp_path)


def test_file_in_place_of_a_folder_is_refused(
    arrays: Path, memory: Any, load_task: Callable, tmp_path: Path
) -> None:
    memory.put_file(str(arrays), "/team/arrays.npz")
    with pytest.raises((RefusedError, DatasetError)):
        load_task("folder:memory://team/arrays.npz", tmp_path)
    with pytest.raises(RefusedError, match="a folder, not a file"):
        load_task("npz:memory://team", tmp_path)


def test_unknown_kind_of_url_is_refused(load_task: Callable, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="fsspec opens"):
        load_task("folder:nonsense://bucket/photos", tmp_path)


# The size of the cache ------------------------------------------------------


def fetch_elsewhere(web: Any, folder: Path, name: str) -> None:
    """Fetch in a process that ends then, and so uses the copy no longer."""
    code = (
        "from pathlib import Path; from bench.remote import *; local_copy("
        f"{web.url + '/' + name!r}, is_folder=False, cache=CacheSettings("
        f"folder=Path({str(folder)!r}), size=10**9))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_least_recently_used_copies_make_room_but_none_in_use(
    web: Any, tmp_path: Path
) -> None:
    for name in ("old", "older", "new", "newest"):
        (web.folder / name).write_bytes(name.encode() * 1000)
    fetch(web, tmp_path, "newest", 20_000)
    for age, name in ((200, "older"), (100, "old")):
        fetch_elsewhere(web, tmp_path, name)
        for record in (tmp_path / "remote").glob(f"*-{name}-*/copy.json"):
            then = record.stat().st_mtime - age
            os.utime(record, (then, then))
    fetch(web, tmp_path, "new", 13_000)
    left = {path.name.split("-")[-2] for path in (tmp_path / "remote").glob("*-*/")}
    assert left == {"old", "new", "newest"}
    with pytest.raises(RemoteError, match="--cache-size") as refused:
        fetch(web, tmp_path, "older", 9_000)
    assert "in use" in str(refused.value)
    with pytest.raises(RemoteError, match="--cache-size"):
        fetch(web, tmp_path, "older", 4_000)
    assert len(list((tmp_path / "remote").glob("*-*/"))) == 2  # those in use


def test_copy_that_another_process_uses_is_not_changed(
    web: Any, large: bytes, tmp_path: Path
) -> None:
    code = (
        "from pathlib import Path; from bench.remote import *; local_copy("
        f"'{web.url}/large.npz', is_folder=False, cache=CacheSettings("
        f"folder=Path({str(tmp_path)!r}), size=10**9)); print('here', flush=True); "
        "input()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout.readline() == "here\n"
    assert fetch(web, tmp_path) == large
    (web.folder / "large.npz").write_bytes(large[::-1])
    with pytest.raises(RemoteError, match="another process uses the copy"):
        fetch(web, tmp_path)
    process.communicate("\n")
    assert fetch(web, tmp_path) == large[::-1]


def test_copy_that_a_full_disk_ends_is_one_line_and_goes_on(
    web: Any, large: bytes, small_disk: Any
) -> None:
    small_disk.fill(but=120_000)
    with pytest.raises(WriteError, match="--data"):
        fetch(web, small_disk.folder)
    small_disk.empty()
    assert fetch(web, small_disk.folder) == large
