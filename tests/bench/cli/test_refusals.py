"""Bad input is refused: one line that says why, exit code 2, no file changed."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.cli import main
from bench.store import FILE_NAME, Store
from bench.store.lock import LOCK

X = np.random.default_rng(0).integers(0, 256, (24, 6, 6, 1), np.uint8)
y = np.arange(24) % 3

pytestmark = pytest.mark.usefixtures("keras_started")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    return folder


def listing(folder: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


@pytest.fixture
def refusal(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Gives a command that must be refused; returns the line that says why."""

    def refusal(*words: object) -> str:
        before = listing(tmp_path)
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        answer = capsys.readouterr()
        assert ended.value.code == 2
        assert answer.out == ""
        assert answer.err.startswith("error: ")
        assert answer.err.count("\n") == 1
        assert answer.err.endswith("\n")
        assert listing(tmp_path) == before
        return answer.err

    return refusal


def search(results: Path, *options: object) -> list[object]:
    return ["search", "dense", "--results", results, *options]


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["--tuner", "hyperbrand"], ["'hyperbrand'", "'hyperband'"]),
        (["--dataset", "digitts"], ["'digitts'", "'digits'"]),
        (["--only", "unit"], ["'unit'", "did you mean 'units'"]),
        (["--fix", "drop_out=0.1"], ["'drop_out'", "did you mean 'dropout'"]),
        (["--fix", "units"], ["--fix", "NAME=VALUE", "'units'"]),
        (["--fix", "units=65"], ["units takes 64, 128", "'65'"]),
        (["--fix", "dropout=0.7"], ["dropout takes 0 to 0.6", "'0.7'"]),
        (["--only", "units", "--fix", "units=64"], ["'units'", "--only", "--fix"]),
        (["--trials", "0"], ["--trials must lie between 1 and", "not 0"]),
        (["--trials", "abc"], ["--trials", "given: 'abc'", "--help"]),
        (["--epochs", "-1"], ["--epochs must lie between 1 and 1,000,000, not -1"]),
        (["--patience", "0"], ["--patience must lie between 1 and", "not 0"]),
        (["--seeds", "0"], ["--seeds must lie between 1 and 1,000, not 0"]),
        (["--seed", "-1"], ["--seed must lie between 0 and"]),
        (["--time", "soon"], ["--time", "'soon'", "10m"]),
        (["--time", "0s"], ["--time must lie between 0s and 100000h"]),
        (["--validation-fraction", "1"], ["--validation-fraction", "between 0 and 1"]),
        (["--test-fraction", "0"], ["--test-fraction", "between 0 and 1"]),
        (["--image-size", "big"], ["--image-size", "'big'"]),
        (["--image-size", "0"], ["4 to 512", "0x0"]),
        (["--image-size", "9999"], ["4 to 512", "9999x9999"]),
        (["--backend", "thaeno"], ["'thaeno'", "tensorflow"]),
        (["--weights", "net.h5"], ["goes with transfer or finetune", "dense"]),
        (["--noise-mean", "0.2"], ["--noise-mean goes with autoencoder", "dense"]),
        (["--noise-mean", "0.1"], ["--noise-mean goes with autoencoder", "dense"]),
        (
            ["--max-parameters", "0"],
            ["--max-parameters must lie between 1 and", "not 0"],
        ),
        (["--max-parameters", "9"], ["none has at most 9, the smallest has"]),
        (["--variants", "unit"], ["'unit'", "units"]),
        (["--tirals", "3"], ["--tirals", "--trials", "--help"]),
        (["--trials"], ["--trials", "--help"]),
        (["--dataset", "folder:nowhere"], ["'nowhere'"]),
        (["--dataset", "npz:nowhere.npz"], ["'nowhere.npz'"]),
        (["--dataset", "npz:"], ["npz:PATH"]),
    ],
)
def test_wrong_option_is_refused(
    refusal: Callable, results: Path, options: list[str], parts: list[str]
) -> None:
    message = refusal(*search(results, *options))
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ([], ["command", "--help"]),
        (["serach"], ["serach", "--help"]),
        (["search"], ["FAMILY", "--help"]),
        (["search", "vgf"], ["'vgf'", "did you mean 'vgg'"]),
        (["search", "dense", "vgf"], ["'vgf'", "did you mean 'vgg'"]),
        (["search", "nowhere.py:Net"], ["'nowhere.py'"]),
        (["search", "transfer", "--weights", "net.h5"], ["'net.h5'", "Keras can load"]),
        (
            ["search", "autoencoder", "--noise-variance", "3"],
            ["between 0 and 1, not 3"],
        ),
        (["search", "autoencoder", "--min-compression", "17"], ["give 16 or less"]),
        (["search", "autoencoder", "--tuner", "sklearn-grid"], ["is for denoising"]),
        (["suite", "nowhere.toml"], ["'nowhere.toml'", "TOML"]),
        (["describe", "vgf"], ["'vgf'", "did you mean 'vgg'"]),
        (["datasets", "--fetch", "mnits"], ["'mnits'", "'mnist'"]),
        (["leaderboard", "--results", "nowhere"], ["'nowhere'", "run a search"]),
        (["leaderboard", "--at", "soon"], ["--at takes a duration", "'soon'"]),
        (["studies", "--results", "nowhere"], ["'nowhere'", "run a search"]),
    ],
)
def test_wrong_command_is_refused(
    refusal: Callable,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    parts: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    message = refusal(*words)
    for part in parts:
        assert part in message


def save_npz(folder: Path, **arrays: object) -> str:
    np.savez(folder / "set.npz", **arrays)
    return f"npz:{folder / 'set.npz'}"


def lengths_differ(folder: Path) -> str:
    return save_npz(folder, X=X, y=y[:-1])


def not_a_number(folder: Path) -> str:
    pixels = X / 255
    pixels[3] = np.nan
    return save_npz(folder, X=pixels, y=y)


def object_array(folder: Path) -> str:
    return save_npz(folder, X=X, y=np.array(list(y), dtype=object))


def pickled(folder: Path) -> str:
    (folder / "X.npy").write_bytes(pickle.dumps(X))
    np.save(folder / "y.npy", y)
    return f"npy:{folder / 'X.npy'},{folder / 'y.npy'}"


def fractions_as_labels(folder: Path) -> str:
    return save_npz(folder, X=X, y=y / 2)


def too_small(folder: Path) -> str:
    return save_npz(folder, X=X[:6], y=y[:6])


def empty_folder(folder: Path) -> str:
    (folder / "photos").mkdir()
    return f"folder:{folder / 'photos'}"


def fill(folder: Path, name: str) -> Path:
    place = folder / "photos" / name
    place.mkdir(parents=True)
    for number in range(8):
        Image.new("L", (8, 8), 9 * number).save(place / f"{number}.png")
    return place


def one_class(folder: Path) -> str:
    fill(folder, "cat")
    return f"folder:{folder / 'photos'}"


def unreadable_image(folder: Path) -> str:
    fill(folder, "cat")
    broken = fill(folder, "dog") / "2.png"
    broken.write_bytes(broken.read_bytes()[:40])
    return f"folder:{folder / 'photos'}"


@pytest.mark.parametrize(
    ("make", "part"),
    [
        (lengths_differ, "24 images and 23 labels"),
        (not_a_number, "1 of 24 images"),
        (object_array, "pickled"),
        (pickled, "not unpickled"),
        (fractions_as_labels, "float64"),
        (too_small, "at least one image in each split"),
        (empty_folder, "two or more classes"),
        (one_class, "only 'cat'"),
        (unreadable_image, "'dog/2.png'"),
    ],
)
def test_data_that_cannot_be_used_is_refused(
    refusal: Callable,
    results: Path,
    tmp_path: Path,
    make: Callable[[Path], str],
    part: str,
) -> None:
    assert part in refusal(*search(results, "--dataset", make(tmp_path)))


def test_results_below_a_file_are_refused(refusal: Callable, results: Path) -> None:
    message = refusal(*search(results / "notes.txt" / "deep"))
    assert "must be writable" in message


def test_lock_that_cannot_be_made_is_refused(refusal: Callable, results: Path) -> None:
    Store(results).close()
    (results / LOCK).mkdir()
    assert "must be writable" in refusal(*search(results))


def newer(path: Path) -> None:
    Store(path.parent).close()
    with sqlite3.connect(path) as sql:
        sql.execute("PRAGMA user_version = 99")
    sql.close()


def no_store(path: Path) -> None:
    path.write_text("these are my notes\n" * 100)


@pytest.mark.parametrize("command", ["search", "leaderboard", "studies"])
@pytest.mark.parametrize(("make", "part"), [(newer, "schema 99"), (no_store, "store")])
def test_store_that_cannot_be_read_is_refused(
    refusal: Callable,
    results: Path,
    command: str,
    make: Callable[[Path], None],
    part: str,
) -> None:
    make(results / FILE_NAME)
    family = ["dense"] if command == "search" else []
    assert part in refusal(command, *family, "--results", results)
