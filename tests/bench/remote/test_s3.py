"""Images from a real server of S3, results to it, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from bench.cli import main
from bench.errors import RefusedError
from bench.store import FILE_NAME

fsspec = pytest.importorskip("fsspec")
pytest.importorskip("s3fs")
server = pytest.importorskip("moto.server")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where a server of S3 answers."""
    moto = server.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    yield f"http://{host}:{port}"
    moto.stop()


@pytest.fixture
def s3(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A file system of S3 with the bucket ``team``, which is empty."""
    urlopen(Request(f"{address}/moto-api/reset", method="POST")).close()
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    cls = fsspec.get_filesystem_class("s3")
    cls.clear_instance_cache()
    system = fsspec.filesystem("s3")
    system.mkdir("team")
    yield system
    cls.clear_instance_cache()


def test_folder_in_a_bucket_of_s3_is_the_task_of_a_local_folder(
    s3: Any, photos: Path, load_task: Callable, tmp_path: Path
) -> None:
    s3.put(str(photos), "team/photos", recursive=True)
    here = load_task(f"folder:{photos}", tmp_path)
    there = load_task("folder:s3://team/photos", tmp_path)
    assert there.record.fingerprint == here.record.fingerprint
    s3.rm_file("team/photos/cat/00.png")
    assert load_task("folder:s3://team/photos", tmp_path).record.images == 59


def test_bucket_that_does_not_exist_is_refused(
    s3: Any, load_task: Callable, tmp_path: Path
) -> None:
    for dataset in ("folder:s3://nobody/photos", "npz:s3://team/nothing.npz"):
        with pytest.raises(RefusedError, match="s3://"):
            load_task(dataset, tmp_path)


def test_missing_credentials_are_refused_without_being_asked_again(
    s3: Any, load_task: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    type(s3).clear_instance_cache()
    with pytest.raises(RefusedError, match="set credentials"):
        load_task("folder:s3://team/photos", tmp_path)


def refuse(*_: object, **__: object) -> None:
    raise ConnectionError("the line is dead")


@pytest.mark.slow
def test_search_of_a_bucket_is_uploaded_and_used_on_another_machine(
    s3: Any,
    photos: Path,
    keras_started: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    s3.put(str(photos), "team/photos", recursive=True)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "here"))
    monkeypatch.chdir(tmp_path)

    def bench(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        return int(ended.value.code or 0), *capsys.readouterr()

    url = "s3://team/results"
    search = "linear --dataset folder:s3://team/photos --trials 2 --epochs 2 --seeds 1"
    search += f" --skip-default --tuner random --workers 0 --data here --results {url}"
    with monkeypatch.context() as patch:
        patch.setattr(s3, "put_file", refuse)
        code, _, err = bench("search", *search.split())
    assert (code, "this machine alone" in err) == (0, True)
    assert "s3cret" not in err
    code, _, err = bench("search", *search.split())
    assert (code, "uploaded" in err) == (0, True)

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "there"))
    assert bench("search", *search.split())[0] == 2  # it would write over them
    assert bench("pull", url, "--to", "pulled")[0] == 0
    code, out, _ = bench("predict", "best", photos / "cat", "--results", "pulled")
    assert (code, out.count("cat/")) == (0, 20)
    assert bench("leaderboard", "--results", "pulled")[0] == 0
    assert bench("report", "--results", "pulled")[0] == 0
    contents = b"".join(p.read_bytes() for p in Path("pulled").rglob("*.*"))
    assert b"s3cret" not in contents
    assert (tmp_path / "pulled" / FILE_NAME).exists()

    assert bench("search", "nothing", "--results", "s3://nobody/results")[0] == 2
    code, _, err = bench("search", *search.replace(url, "s3://nobody/results").split())
    assert (code, err.count("\n"), "s3://nobody" in err) == (2, 1, True)
