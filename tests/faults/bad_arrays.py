"""Arrays that are no images with labels, and files that are no arrays."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from cases import Case

X = np.random.default_rng(0).integers(0, 256, (48, 6, 6, 1), np.uint8)
y = np.arange(48) % 3

OPTIONS = ("--image-size", "8", "--quiet")


def search(dataset: str) -> list[object]:
    return ["search", "dense", "--dataset", dataset, *OPTIONS]


def npy_bytes(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def claiming(shape: tuple[int, ...], dtype: str = "|u1", content: bytes = b"") -> bytes:
    """A .npy file whose header claims a shape, whatever its content."""
    file = io.BytesIO()
    header = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_2_0(file, header)
    return file.getvalue() + content


def zipped(path: Path, **members: bytes) -> str:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return f"npz:{path}"


def lying(path: Path, claimed: int) -> str:
    """An archive whose directory and members claim another size than they have."""
    images = claiming((claimed - 200, 1, 1), content=X.tobytes())
    name = zipped(path, X=images, y=npy_bytes(y))
    size = struct.pack("<I", len(images))
    content = path.read_bytes()
    path.write_bytes(content.replace(size, struct.pack("<I", claimed)))
    return name


def _labels(labels: Any, name: str, *, says: str = "", is_fine: bool = False) -> Case:
    def words(folder: Path) -> list[object]:
        images = np.resize(X, (len(labels), 6, 6, 1)) if np.ndim(labels) else X
        np.savez(folder / "set.npz", X=images, y=labels)
        return search(f"npz:{folder / 'set.npz'}")

    return Case(category="labels", name=name, words=words, says=says, is_fine=is_fine)


def _images(images: Any, name: str, *, is_fine: bool = False) -> Case:
    def words(folder: Path) -> list[object]:
        labels = np.arange(len(images) if np.ndim(images) else 48) % 3
        np.savez(folder / "set.npz", X=images, y=labels)
        return search(f"npz:{folder / 'set.npz'}")

    return Case(category="pixels", name=name, words=words, is_fine=is_fine)


def _file(name: str, write: Callable[[Path], str], says: str = "") -> Case:
    return Case(
        category="array files",
        name=name,
        words=lambda folder: search(write(folder / "set.npz")),
        says=says,
    )


def _bytes(name: str, content: bytes) -> Case:
    def write(path: Path) -> str:
        path.write_bytes(content)
        np.save(path.with_name("y.npy"), y)
        return f"npy:{path},{path.with_name('y.npy')}"

    return _file(name, write)


def _parts(name: str, *, says: str = "", **changed: Any) -> Case:
    parts = {"x_train": X, "y_train": y, "x_test": X, "y_test": y} | changed

    def write(path: Path) -> str:
        np.savez(path, **parts)
        return f"npz:{path}"

    return _file(name, write, says)


def _many_members(path: Path) -> str:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(100_000):
            archive.writestr(f"{number}.npy", b"")
    return f"npz:{path}"


_records = np.zeros(48, [("a", "i4"), ("b", "f4")])
_one_hot = np.eye(3, dtype=int)[y]
_far = y.astype(np.uint64) + np.uint64(2**63)
_bytes_labels = np.array([b"caf\xe9", b"caf\xea", b"tea"])[y]

LABELS = [
    _labels(_bytes_labels, "bytes that differ", is_fine=True),
    _labels(_far, "integers beyond 2**63", says="2**63"),
    _labels(y.astype(np.uint64), "unsigned integers", is_fine=True),
    _labels(y - 2**62, "negative integers", is_fine=True),
    _labels(y / 2, "fractions", says="fractions"),
    _labels(y.astype(float), "whole floats"),
    _labels(np.where(y == 1, np.nan, y), "NaN"),
    _labels(np.full(48, np.inf), "infinities"),
    _labels(y + 1j, "complex numbers"),
    _labels(_one_hot, "one-hot", says="argmax"),
    _labels(np.stack([y, y], 1), "two columns"),
    _labels(y[:, None], "one column", is_fine=True),
    _labels(_one_hot[:, None], "three dimensions"),
    _labels(np.arange(20_000) % 2_000, "2,000 classes", is_fine=True),
    _labels(np.arange(100_000) % 10_000, "10,000 classes", is_fine=True),
    _labels(np.arange(48), "a class per image"),
    _labels(np.zeros(48, int), "one class"),
    _labels(np.r_[np.zeros(47, int), 1], "a class of one image"),
    _labels(np.array(list(y), object), "objects", says="pickled"),
    _labels(np.array(["2026-01-01"] * 48, "datetime64[D]"), "dates"),
    _labels(np.array([1] * 48, "timedelta64[s]"), "time spans"),
    _labels(np.ma.masked_array(y, y == 1), "masked", is_fine=True),
    _labels(_records, "records"),
    _labels(np.array(["x" * 65_000, "y" * 65_000])[y % 2], "of 65 kB", is_fine=True),
    _labels(np.array(["a\nb", "\x1b[31m", "|`<b>"])[y], "markup", is_fine=True),
    _labels(np.array(["", " ", "  "])[y], "blanks", is_fine=True),
    _labels(np.array(3), "a single number"),
    _labels(np.array([], int), "none"),
    _labels(y[:-1], "one too few", is_fine=True),
    _labels(y == 1, "truths", is_fine=True),
]

IMAGES = [
    _images(np.zeros((0, 6, 6, 1)), "none"),
    _images(np.zeros((48, 0, 6, 1)), "of no height"),
    _images(np.zeros((48, 6, 6, 0)), "of no channels"),
    _images(np.zeros((48, 6, 6, 5)), "of five channels"),
    _images(np.zeros((48, 1, 6, 6)), "channels first"),
    _images(np.zeros(48), "one number each"),
    _images(np.zeros((48, 36)), "flat"),
    _images(np.zeros((48, 2, 2, 2, 2, 2)), "of six dimensions"),
    _images(np.array(5.0), "a single number"),
    _images(np.full((48, 6, 6), np.nan), "NaN"),
    _images(np.full((48, 6, 6), np.inf), "infinities"),
    _images(np.full((48, 6, 6), 1e308), "beyond float32"),
    _images(np.full((48, 6, 6), 1 + 1j), "complex numbers"),
    _images(np.full((48, 6, 6), "x"), "texts"),
    _images(np.zeros((48, 6, 6), "datetime64[s]"), "dates"),
    _images(np.zeros((48, 6, 6), [("a", "i4")]), "records"),
    _images(np.zeros((48, 6, 6), object), "objects"),
    _images(np.zeros((48, 6, 6), bool), "truths, all alike", is_fine=True),
    _images(np.full((48, 6, 6), 2**63, np.uint64), "beyond 2**63", is_fine=True),
    _images(np.zeros((48, 6, 6), np.float16), "half floats", is_fine=True),
    _images(np.zeros((48, 6, 6), np.longdouble), "long floats", is_fine=True),
]

FILES = [
    _bytes("empty", b""),
    _bytes("a text", b"these are my notes\n" * 50),
    _bytes("a magic number alone", b"\x93NUMPY"),
    _bytes("of version 9", b"\x93NUMPY\x09\x00" + b"\x00" * 100),
    _bytes("a header that never ends", b"\x93NUMPY\x01\x00\xff\xff{'descr'"),
    _bytes(
        "a header that is code",
        b"\x93NUMPY\x01\x00\x20\x00__import__('os').getcwd()" + b" " * 8,
    ),
    _bytes(
        "a header of a megabyte", b"\x93NUMPY\x02\x00\x00\x00\x10\x00" + b" " * 2**20
    ),
    _bytes("cut short", npy_bytes(X)[:-100]),
    _bytes("10**15 items claimed", claiming((10**15,))),
    _bytes("10**15 images claimed", claiming((10**15, 6, 6, 1), content=X.tobytes())),
    _bytes("negative size claimed", claiming((-48, 6, 6, 1), content=X.tobytes())),
    _bytes("10**30 items claimed", claiming((10**30,))),
    _bytes("10**15 items of no bytes", claiming((10**15,), "|V0")),
    _bytes("one text of a gigabyte claimed", claiming((48,), "<U268435456")),
    _bytes(
        "objects claimed", claiming((48, 6, 6, 1), "|O", b"cos\nsystem\n(S'true'\ntR.")
    ),
    _bytes("a pickle", b"cos\nsystem\n(S'true'\ntR."),
    _file("empty archive", lambda path: zipped(path)),
    _file(
        "an array of claims", lambda p: zipped(p, X=claiming((10**15,)), y=npy_bytes(y))
    ),
    _file("member that is no array", lambda p: zipped(p, X=b"x", y=npy_bytes(y))),
    _file("member of no bytes", lambda p: zipped(p, X=b"", y=npy_bytes(y))),
    _file("lie of 4 GB", lambda path: lying(path, 2**32 - 2)),
    _file("lie of 10 kB", lambda path: lying(path, 10_000)),
    _file("10**5 members", _many_members),
    _file(
        "X twice", lambda p: zipped(p, X=npy_bytes(X), x=npy_bytes(X), y=npy_bytes(y))
    ),
    _file(
        "path in a name",
        lambda p: zipped(p, **{"../X": npy_bytes(X), "/y": npy_bytes(y)}),
    ),
    _parts("classes that only test", y_test=y + 9, says="classes"),
    _parts("labels of two kinds", y_test=y.astype(str)),
    _parts("shapes that differ", x_test=X[:, :5]),
    _parts("ranges that differ", x_test=X / 255),
    _parts("no test labels", y_test=y[:0]),
    _parts("no test images", x_test=X[:0], y_test=y[:0]),
]

CASES = LABELS + IMAGES + FILES
