"""Results are uploaded to a URL, what changed of them, and pulled elsewhere."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import mirror
from bench.cli import main
from bench.errors import BenchError, RefusedError, RemoteError, UsageError
from bench.mirror.pull import BEFORE
from bench.remote import failures
from bench.store import FILE_NAME, Store

fsspec = pytest.importorskip("fsspec")

ASSET = Path(__file__).parents[1] / "store" / "assets" / "schema-3.sqlite3.gz"
URL = "memory://team/results"


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A bucket in this process."""
    monkeypatch.setattr(failures, "PAUSES", (0.01, 0.01))
    system = fsspec.filesystem("memory")
    yield system
    system.rm("/", recursive=True)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A results folder with a study, a model and a table, and what stays here."""
    folder = tmp_path / "results"
    for name in ("models/abc/seed-0.keras", "leaderboard.md", "cache/x", "scratch/y"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / FILE_NAME).write_bytes(gzip.decompress(ASSET.read_bytes()))
    Store(folder).close()
    return folder


def change(results: Path) -> None:
    with Store(results) as store:
        (study,) = store.studies()
        later = f"{study.message}x"
        store.change_study(replace(study, message=later))


def studies(results: Path) -> list[Any]:
    with Store(results, read_only=True) as store:
        return store.studies()


def test_pulled_folder_holds_the_study_the_models_and_the_tables(
    memory: Any, results: Path, tmp_path: Path
) -> None:
    mirror.begin(results, URL)
    assert mirror.upload(results, URL).files == 3
    there = tmp_path / "there"
    assert mirror.pull(URL, there).files == 3
    assert studies(there) == studies(results)
    kept = {p.relative_to(there).as_posix() for p in there.rglob("*") if p.is_file()}
    assert kept - {"bench.lock"} == {
        FILE_NAME,
        "leaderboard.md",
        "models/abc/seed-0.keras",
        "mirror.json",
    }


def test_only_what_changed_is_sent_and_fetched(
    memory: Any, results: Path, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    mirror.upload(results, URL)
    mirror.pull(URL, there)
    assert mirror.upload(results, URL).files == 0
    change(results)
    (results / "leaderboard.md").unlink()
    (results / "leaderboard.csv").write_text("new")
    assert mirror.upload(results, URL).files == 2
    done = mirror.pull(URL, there)
    assert (done.files, done.unchanged) == (2, 1)
    assert studies(there) == studies(results)
    assert not (there / "leaderboard.md").exists()
    assert not memory.exists("/team/results/leaderboard.md")


def test_failed_upload_is_made_up_for_by_the_next(
    memory: Any, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror.upload(results, URL)
    mirror.pull(URL, tmp_path / "there")
    change(results)
    (results / "leaderboard.md").write_text("newer")

    def refusing(self: Any, path: str, *_: Any, **__: Any) -> None:
        raise ConnectionError("the line is dead")

    for method in ("put_file", "pipe_file"):
        with monkeypatch.context() as patch:
            patch.setattr(type(memory), method, refusing)
            with pytest.raises(RemoteError, match="the line is dead"):
                mirror.upload(results, URL)
    assert mirror.upload(results, URL).files == 2
    assert mirror.pull(URL, tmp_path / "there").files == 2
    assert studies(tmp_path / "there") == studies(results)


def test_results_of_another_machine_are_not_written_over(
    memory: Any, results: Path, tmp_path: Path
) -> None:
    mirror.upload(results, URL)
    other = tmp_path / "other"
    shutil.copytree(results, other)
    (other / "mirror.json").unlink()
    change(other)
    for attempt in (mirror.begin, mirror.upload):
        with pytest.raises(RefusedError, match="python -m bench pull"):
            attempt(other, URL)
    with pytest.raises(UsageError, match="--replace"):
        mirror.pull(URL, other)
    assert studies(other) != studies(results)
    mirror.pull(URL, other, replaces=True)
    assert studies(other) == studies(results)
    assert (other / BEFORE).exists()
    change(other)
    assert mirror.upload(other, URL).files == 1


def test_upload_that_was_killed_before_it_noted_its_end_goes_on(
    memory: Any, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bench.mirror.contents import Known

    mirror.upload(results, URL)
    change(results)
    write = Known.write

    def killed(self: Known, folder: Path) -> None:
        if self.sending is None:
            raise KeyboardInterrupt
        write(self, folder)

    with monkeypatch.context() as patch:
        patch.setattr(Known, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            mirror.upload(results, URL)
    change(results)
    assert mirror.upload(results, URL).files == 1


def test_file_that_changed_while_it_was_pulled_is_refused(
    memory: Any, results: Path, tmp_path: Path
) -> None:
    mirror.upload(results, URL)
    memory.pipe_file("/team/results/leaderboard.md", b"another one...")
    there = tmp_path / "there"
    with pytest.raises(RemoteError, match=r"leaderboard\.md"):
        mirror.pull(URL, there)
    assert not (there / FILE_NAME).exists()


def test_list_of_files_that_leads_out_of_the_folder_is_refused(
    memory: Any, results: Path, tmp_path: Path
) -> None:
    mirror.upload(results, URL)
    path = "/team/results/contents.json"
    text = memory.cat_file(path).replace(b"leaderboard.md", b"../evil.md")
    memory.pipe_file(path, text)
    with pytest.raises(RemoteError, match="no name of a file"):
        mirror.pull(URL, tmp_path / "there")


def test_url_without_results_is_refused(memory: Any, tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="holds none"):
        mirror.pull("memory://nowhere", tmp_path / "there")
    assert not (tmp_path / "there").exists()


def test_commands_read_what_was_pulled_by_its_url(
    memory: Any,
    results: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    mirror.upload(results, URL)

    def bench(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        return int(ended.value.code or 0), *capsys.readouterr()

    code, _, err = bench("studies", "--results", URL)
    assert (code, f"python -m bench pull {URL}" in err) == (2, True)
    code, out, _ = bench("pull", URL)
    assert (code, out.splitlines()[1]) == (
        0,
        f"python -m bench leaderboard --results {URL}",
    )
    code, out, _ = bench("studies", "--results", URL)
    assert (code, "linear" in out) == (0, True)
    assert bench("pull", "here")[0] == 2
