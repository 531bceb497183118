"""Published folders: what they hold, what they leave out, and their checksums."""

from __future__ import annotations

import io
import json
import platform
import re
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bench.errors import UsageError
from bench.records import ModelRecord, StudyState, TaskRecord, digest
from bench.report import boards
from bench.report import publish as package
from bench.report.publish import differences, find_row, publish, read_manifest
from bench.store import EXPLANATIONS, FILE_NAME, Store, model_folder

HOME = "/home/ada.l"
TYPED = {
    "folder": f"folder:{HOME}/my album/photos",
    "npy": f"npy:../ada.l/X.npy,{HOME}/y.npy",
}
MACHINE = "workstation-7"
NOTE = f"[Errno 2] no such file: '{HOME}/my album/photos/cat/1.png' on {MACHINE}"


@pytest.fixture
def filled(filler: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A store whose every text from outside holds a path, or the machine's name."""
    monkeypatch.setattr(platform, "node", lambda: f"{MACHINE}.example.org")
    task = make_task(TYPED["folder"])
    study = filler.study(
        f"{HOME}/nets/ours.py:Ours",
        task=task,
        message=f"the disk of {HOME}/results is full",
        groups=f"{HOME}/groups of ada.csv",
        options={"weights": "~/ada.l/weights.h5"},
        versions={"keras": "3.15.1", "source": f"{HOME}/toolkit"},
    )
    filler.trial(study, 0, 0.9)
    filler.trial(study, 1, None)
    for seed in range(2):
        filler.final(study, seed, 0.9 + seed / 50, note=NOTE)
    filler.complete("mlp", task=make_task(TYPED["npy"]))
    _fail(filler.store, study.id)
    _keep_model(filler.store, study)
    return filler


def make_task(dataset: str) -> TaskRecord:
    return TaskRecord(
        dataset=dataset,
        fingerprint=digest(dataset, "all"),
        test_fingerprint=digest(dataset, "test"),
        image_shape=(8, 8, 1),
        class_names=tuple("0123456789"),
        train=1342,
        validation=239,
        test=216,
        seed=0,
    )


def _fail(store: Store, study: str) -> None:
    path = store.folder / FILE_NAME
    with sqlite3.connect(path) as sql:
        sql.execute(
            "UPDATE trials SET result = json_set(result, '$.error', ?) "
            "WHERE study = ? AND state = 'failed'",
            (f"ValueError in {HOME}/nets/ours.py on {MACHINE}: {NOTE}", study),
        )


def _keep_model(store: Store, study: Any) -> None:
    folder = model_folder(store.folder, study.id)
    folder.mkdir(parents=True)
    record = ModelRecord(
        study=study.id,
        family=study.spec.family,
        dataset=study.spec.dataset,
        task_type="classification",
        image_shape=(8, 8, 1),
        pixel_range=(0.0, 255.0),
        class_names=tuple("0123456789"),
    )
    (folder / "model.json").write_text(record.to_json(), "utf-8")
    with zipfile.ZipFile(folder / "seed-0.keras", "w") as archive:
        config = {"config": {"weights": f"{HOME}/weights.h5", "units": 3}}
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", b"\x89HDF weights")


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """All files with their contents, and those of archives and of the store."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        yield str(path), str(path.relative_to(folder)).encode() + path.read_bytes()
        if path.suffix == ".keras":
            yield from _members(path.name, path.read_bytes())
        if path.name == FILE_NAME:
            yield from _blobs(path)


def _members(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.namelist():
            yield f"{name}/{member}", archive.read(member)


def _blobs(path: Path) -> Iterator[tuple[str, bytes]]:
    sql = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    for column, table in (("samples", "tasks"), ("predictions", "finals")):
        for (blob,) in sql.execute(f"SELECT {column} FROM {table}"):
            yield from _members(table, blob)
    sql.close()


def test_no_published_file_holds_a_path_or_the_name_of_the_machine(
    filled: Any, tmp_path: Path
) -> None:
    to = tmp_path / "published"
    publish(filled.store, [], to)
    secrets = re.compile(rb"ada\.l|/home|my album|example\.org|workstation", re.I)
    before = [n for n, c in contents(filled.store.folder) if secrets.search(c)]
    for name in (FILE_NAME, "model.json", "seed-0.keras/config.json"):
        assert any(name in each for each in before)
    found = [n for n, c in contents(to) if secrets.search(c) or bytes(tmp_path) in c]
    assert found == []


def test_name_of_a_bucket_is_left_out(filler: Any, tmp_path: Path) -> None:
    filler.complete("mlp", task=make_task("folder:s3://ada.l-private/photos"))
    to = tmp_path / "published"
    publish(filler.store, [], to)
    assert [n for n, c in contents(to) if b"ada.l" in c] == []
    assert read_manifest(to)["rows"][0]["dataset"] == "folder:photos"


def test_last_part_of_a_path_stays(filled: Any, tmp_path: Path) -> None:
    publish(filled.store, [], tmp_path / "published")
    with Store(tmp_path / "published", read_only=True) as store:
        first, second = (study.spec for study in store.studies())
    assert (first.dataset, second.dataset) == ("folder:photos", "npy:X.npy,y.npy")
    assert first.family == "ours.py:Ours"
    assert first.groups == "groups of ada.csv"
    assert first.options == {"weights": "weights.h5"}


def test_manifest_says_how_each_row_was_made(filled: Any, tmp_path: Path) -> None:
    to = tmp_path / "published"
    publish(filled.store, [], to)
    row = next(r for r in read_manifest(to)["rows"] if r["name"] == "Ours")
    (study,) = (s for s in filled.store.studies() if s.id == row["study"])
    assert "search ours.py:Ours --dataset folder:photos" in row["command"]
    assert row["score"] == pytest.approx(0.91)
    assert row["low"] < row["score"] < row["high"]
    assert row["seeds"] == [0, 1]
    assert row["task_fingerprint"] == study.task.fingerprint
    assert row["test_fingerprint"] == study.task.test_fingerprint
    assert row["models"] == [f"models/{study.id}/seed-0.keras"]
    assert (to / row["configuration"]).is_file()


def test_published_scores_are_those_of_the_store(filled: Any, tmp_path: Path) -> None:
    publish(filled.store, [], tmp_path / "published")

    def scores(store: Store) -> list[Any]:
        rows = [row for board in boards(store) for row in board.rows]
        return [(row.study, row.score, row.low, row.high, row.rank) for row in rows]

    with Store(tmp_path / "published", read_only=True) as store:
        assert sorted(scores(store)) == sorted(scores(filled.store))


def test_chosen_studies_alone_are_published(filler: Any, tmp_path: Path) -> None:
    chosen = filler.complete("vgg", accuracies=(0.9,))
    other = filler.complete("mlp", task=make_task("mnist"))
    same_test = filler.complete("linear", accuracies=(0.8,))
    to = tmp_path / "published"
    publish(filler.store, [chosen], to)
    for name, content in contents(to):
        assert other.id.encode() not in content, name
        assert same_test.id.encode() not in content, name
        assert b"mnist" not in content, name
    with Store(to, read_only=True) as store:
        # What was seen of the test images is not forgotten.
        assert store.removed_tests(chosen.task.test_fingerprint) == (1, 1)


def test_unfinished_studies_are_left_out(filler: Any, tmp_path: Path) -> None:
    done = filler.complete("vgg")
    filler.complete("mlp", state=StudyState.UNFINISHED)
    publish(filler.store, [], tmp_path / "published")
    rows = read_manifest(tmp_path / "published")["rows"]
    assert {row["study"] for row in rows} == {done.id}


def test_models_can_be_left_out(filled: Any, tmp_path: Path) -> None:
    to = tmp_path / "published"
    publish(filled.store, [], to, with_models=False)
    assert list(to.rglob("*.keras")) == []
    assert all(row["models"] == [] for row in read_manifest(to)["rows"])


def test_explanations_are_in_the_page_alone(filler: Any, tmp_path: Path) -> None:
    study = filler.complete("vgg")
    for name in ("vgg-digits", "other-name"):
        folder = filler.store.folder / EXPLANATIONS / f"{name}-{study.id[:8]}"
        folder.mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(folder / "mosaic-grad-cam.png")
    to = tmp_path / "published"
    publish(filler.store, [], to)
    page = (to / "report" / f"{study.id}.html").read_text("utf-8")
    assert "By Grad-CAM" in page
    assert not (to / EXPLANATIONS).exists()


def test_folder_in_use_is_refused_and_stays(filler: Any, tmp_path: Path) -> None:
    filler.complete("vgg")
    to = tmp_path / "published"
    to.mkdir()
    (to / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="empty"):
        publish(filler.store, [], to)
    assert [path.name for path in to.iterdir()] == ["mine.txt"]


def test_failure_leaves_no_folder(
    filler: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filler.complete("vgg")
    before = set(tmp_path.iterdir())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(package.folder, "manifest", full)
    with pytest.raises(Exception, match="room"):
        publish(filler.store, [], tmp_path / "published")
    assert set(tmp_path.iterdir()) == before


def test_store_without_results_is_refused(filler: Any, tmp_path: Path) -> None:
    study = filler.study("vgg")
    for studies in ([], [study]):
        with pytest.raises(UsageError, match="final trainings"):
            publish(filler.store, studies, tmp_path / "published")


def test_changed_missing_and_added_files_are_named(filler: Any, tmp_path: Path) -> None:
    filler.complete("vgg")
    to = tmp_path / "published"
    publish(filler.store, [], to)
    manifest = read_manifest(to)
    assert differences(to, manifest).is_whole
    (to / "leaderboard.csv").write_text("better")
    (to / "index.html").unlink()
    (to / "robots.txt").write_text("")
    found = differences(to, manifest)
    assert found.changed == ("leaderboard.csv",)
    assert found.missing == ("index.html",)
    assert found.added == ("robots.txt",)
    assert not found.is_whole


@pytest.mark.parametrize("text", [None, "{", "[]", '{"format": 9}', "{}"])
def test_folder_without_a_manifest_is_refused(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(UsageError, match="python -m bench publish"):
        read_manifest(tmp_path)


def test_row_that_is_not_published_is_refused(filler: Any, tmp_path: Path) -> None:
    study = filler.complete("vgg")
    publish(filler.store, [], tmp_path / "published")
    rows = read_manifest(tmp_path / "published")["rows"]
    assert find_row(rows, study.id, "final")["name"] == "vgg"  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="vgg"):
        find_row(rows, study.id, "default")  # type: ignore[arg-type]


def test_published_folder_can_be_published_again(filled: Any, tmp_path: Path) -> None:
    publish(filled.store, [], tmp_path / "first")
    with Store(tmp_path / "first", read_only=True) as store:
        publish(store, [], tmp_path / "second")
    rows = [read_manifest(tmp_path / name)["rows"] for name in ("first", "second")]
    assert rows[0] == rows[1]
