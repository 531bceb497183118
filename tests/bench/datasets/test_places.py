"""Data sets by the words that people type, and tables that list images."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bench import datasets
from bench.datasets import Task
from bench.errors import DatasetError

Load = Callable[..., Task]
Refusal = Callable[..., str]
Fill = Callable[..., Path]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a folder, a table and arrays."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sets" / "Blüten 1").mkdir(parents=True)
    for name in ("birds.npz", "birds.csv", "birds.txt"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("digits", "digits"),
        ("keras:mnist", "mnist"),
        ("sets/Blüten 1", "folder:sets/Blüten 1"),
        ("./sets//Blüten 1/", "folder:sets/Blüten 1"),
        ("folder:sets/Blüten 1/", "folder:sets/Blüten 1"),
        ("folder:gone/", "folder:gone"),
        ("birds.npz", "npz:birds.npz"),
        ("birds.csv", "csv:birds.csv"),
        ("npy:./X.npy,y.npy", "npy:X.npy,y.npy"),
        ("folder:s3://bucket/photos", "folder:s3://bucket/photos"),
    ],
)
def test_kind_of_a_data_set_is_told_by_what_is_there(
    typed: str, kept: str, place: Path
) -> None:
    assert datasets.place_of(typed) == kept


def test_folder_without_a_name_is_named_whole(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place / "sets")
    assert datasets.place_of(".") == f"folder:{place}/sets"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("digit", "unknown data set 'digit'; did you mean 'digits'"),
        ("set", "unknown data set 'set'; did you mean 'sets'"),
        ("sets/Blüte", "unknown data set 'sets/Blüte'; did you mean 'sets/Blüten 1'"),
        ("birds.txt", "'birds.txt' is another kind of file"),
        ("keras:imdb", "keras.datasets has of images: mnist, fashion_mnist"),
    ],
)
def test_what_is_no_data_set_is_refused(typed: str, message: str, place: Path) -> None:
    with pytest.raises(DatasetError, match=message):
        datasets.place_of(typed)


def test_folder_with_a_known_name_is_said_to_be_hidden(place: Path) -> None:
    assert datasets.hidden("digits") == ""
    (place / "digits").mkdir()
    assert datasets.place_of("digits") == "digits"
    assert "folder:digits names that" in datasets.hidden("digits")


@pytest.fixture
def table(fill: Fill, tmp_path: Path) -> Callable[..., str]:
    """Writes a table of eight cats and eight dogs; the name of the data set."""

    def table(text: str = "", *rows: str) -> str:
        files = [f"photos/{name}/{n}.png" for name in ("cat", "dog") for n in range(8)]
        lines = rows or [f"{file},{file[7:10]}" for file in files]
        path = tmp_path / "birds.csv"
        path.write_text("\n".join([text or "path,label", *lines]), "utf-8-sig")
        return f"csv:{path}"

    fill("cat")
    fill("dog")
    return table


def test_table_of_paths_and_labels_is_the_folder_that_it_lists(
    load: Load, table: Callable[..., str], photos: str, tmp_path: Path
) -> None:
    listed = load(table())
    assert listed.record.class_names == ("cat", "dog")
    assert listed.record.fingerprint == load(photos).record.fingerprint
    again = table(
        "Label;other;PATH",
        *(f"{c};;photos/{c}/{n}.png" for n in range(8) for c in ("dog", "cat")),
    )
    assert load(again).record.fingerprint == listed.record.fingerprint


def test_splits_and_groups_of_a_table_are_kept(
    load: Load, table: Callable[..., str]
) -> None:
    parts = ["train"] * 4 + ["valid"] * 2 + ["test"] * 2
    rows = [
        f"photos/{name}/{n}.png,{name},{parts[n]},{parts[n]}"
        for name in ("cat", "dog")
        for n in range(8)
    ]
    task = load(table("path,label,split,group", *rows))
    assert (len(task.train), len(task.validation), len(task.test)) == (8, 4, 4)


def test_numbers_are_classes_in_the_order_of_numbers(
    load: Load, table: Callable[..., str]
) -> None:
    rows = [f"photos/cat/{n}.png,10" for n in range(8)]
    rows += [f"photos/dog/{n}.png,9" for n in range(8)]
    assert load(table("path,label", *rows)).record.class_names == ("9", "10")


@pytest.mark.parametrize(
    ("head", "rows", "message"),
    [
        ("file,label", [], "needs the columns path and label"),
        ("path,label", ["photos/cat/0.png,"], "needs a label"),
        ("path,label", ["photos/cat/0.png,cat"] * 2, "is in several rows"),
        ("path,label,split", ["photos/cat/0.png,cat,dev"], "'dev' of 'photos/cat/0"),
        ("path,label", ["a.png,cat", "b.png,dog"], "No such file"),
        ("path,label,group", ["photos/cat/0.png,cat,"], "needs a group"),
    ],
)
def test_table_that_lacks_something_is_refused(
    head: str,
    rows: list[str],
    message: str,
    refusal: Refusal,
    table: Callable[..., str],
) -> None:
    assert message in refusal(table(head, *rows))


def test_what_a_data_set_holds_tells_it_apart_not_its_size_place_or_split(
    load: Load, photos: str, save_npz: Callable[..., str], tmp_path: Path
) -> None:
    held = load(photos).record.content
    shutil.copytree(tmp_path / "photos", tmp_path / "copy")
    assert load(f"folder:{tmp_path / 'copy'}", seed=3).record.content == held
    assert load(photos, image_size=(8, 8)).record.content == held
    changed = tmp_path / "copy" / "cat" / "0.png"
    changed.write_bytes(changed.read_bytes() + b"0")
    assert load(f"folder:{tmp_path / 'copy'}").record.content != held
    arrays = save_npz(X=np.zeros((12, 8, 8)), y=np.arange(12) % 2)
    first, other = (load(arrays, **given).record for given in ({}, {"seed": 1}))
    assert first.content == other.content != held
    assert load("digits").record.content == ""
