"""Folders of images that hold other things too, or images that are none."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from bad_arrays import OPTIONS
from cases import Case
from PIL import Image


def photos(folder: Path) -> Path:
    """A folder of eight cats and eight dogs."""
    for name in ("cat", "dog"):
        place = folder / "photos" / name
        place.mkdir(parents=True)
        for number in range(8):
            Image.new("RGB", (8, 8), (9 * number, 200, 30)).save(
                place / f"{number}.png"
            )
    return folder / "photos"


def png(width: int, height: int, *chunks: tuple[bytes, bytes], pixels: bytes) -> bytes:
    """A PNG file of 8-bit gray whose header claims a size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    whole = [(b"IHDR", header), *chunks, (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data))
        + name
        + data
        + struct.pack(">I", zlib.crc32(name + data))
        for name, data in whole
    )


def zeros(count: int) -> bytes:
    """Compressed zeros, made without holding them."""
    compress = zlib.compressobj(9)
    block = bytes(2**20)
    parts = [compress.compress(block) for _ in range(count // len(block))]
    parts += [compress.compress(bytes(count % len(block))), compress.flush()]
    return b"".join(parts)


def _animation(path: Path) -> None:
    """A GIF of a million frames, each of which says that another follows."""
    frame = bytes.fromhex("21f90400000000002c00000000010001000002024c0100")
    start = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff"
    path.write_bytes(start + frame * 1_000_000 + b";")


def _case(
    name: str,
    change: Callable[[Path], object],
    *more: str,
    says: str = "",
    is_fine: bool = False,
) -> Case:
    def words(folder: Path) -> list[object]:
        path = photos(folder)
        change(path)
        return ["search", "dense", "--dataset", f"folder:{path}", *OPTIONS, *more]

    return Case(category="folders", name=name, words=words, says=says, is_fine=is_fine)


def _file(name: str, make: Callable[[], bytes]) -> list[Case]:
    """A file in place of an image: refused, or left out if the user says so."""

    def change(path: Path) -> None:
        (path / "cat" / "3.png").write_bytes(make())

    skipping = _case(f"{name}, skipped", change, "--skip-unreadable", is_fine=True)
    return [_case(name, change, says="'cat/3.png'"), skipping]


def _replace(path: Path, make: Callable[[Path], object]) -> None:
    path.unlink()
    make(path)


def _fill_with(count: int) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        for number in range(count):
            (path / "cat" / f"{number}.txt").touch()

    return change


def _rename(path: Path, name: bytes) -> None:
    os.rename(os.fsencode(path / "cat"), os.fsencode(path) + b"/" + name)


def _nested(path: Path) -> None:
    (path / "cat" / "more").mkdir()
    (path / "cat" / "0.png").rename(path / "cat" / "more" / "0.png")


def _split(path: Path) -> None:
    (path / "train").mkdir()
    (path / "test").mkdir()


def _same_parts(path: Path) -> None:
    path.rename(path.parent / "train")
    path.mkdir()
    (path.parent / "train").rename(path / "train")
    (path / "test").symlink_to("train")


def _outside(path: Path) -> None:
    (path / "cat").rename(path.parent / "cats")
    (path / "cat").symlink_to(path.parent / "cats")


def _whole() -> bytes:
    return png(8, 8, pixels=zlib.compress(bytes(72)))


def _text_bomb() -> bytes:
    text = (b"zTXt", b"note\0\0" + zeros(2**26))
    return png(8, 8, text, pixels=zlib.compress(bytes(72)))


CASES = [
    *_file("of no bytes", lambda: b""),
    *_file("a text", lambda: b"these are my notes\n" * 50),
    *_file("cut short", lambda: _whole()[:40]),
    *_file("of broken pixels", lambda: png(8, 8, pixels=b"no pixels")),
    *_file("PNG of 10**9 x 10**9 claimed", lambda: png(10**9, 10**9, pixels=b"")),
    *_file(
        "PNG of 10,000 x 10,000 zeros",
        lambda: png(10_000, 10_000, pixels=zeros(10_000 * 10_001)),
    ),
    *_file("PNG with a text of 64 MB", _text_bomb),
    *_file(
        "PostScript",
        lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\nshowpage\n",
    ),
    *_file(
        "SVG",
        lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
    ),
    *_file("a pickle", lambda: b"cos\nsystem\n(S'true'\ntR."),
    _case(
        "a FIFO as an image",
        lambda p: _replace(p / "cat" / "3.png", os.mkfifo),
        says="'cat/3.png'",
    ),
    _case(
        "a FIFO, skipped",
        lambda p: _replace(p / "cat" / "3.png", os.mkfifo),
        "--skip-unreadable",
        is_fine=True,
    ),
    _case(
        "a link to /dev/zero",
        lambda p: _replace(p / "cat" / "3.png", lambda f: f.symlink_to("/dev/zero")),
        says="'cat/3.png'",
    ),
    _case(
        "a link to itself",
        lambda p: _replace(p / "cat" / "3.png", lambda f: f.symlink_to(f)),
        says="'cat/3.png'",
    ),
    _case(
        "a dangling link",
        lambda p: _replace(p / "cat" / "3.png", lambda f: f.symlink_to("nowhere")),
        says="'cat/3.png'",
    ),
    _case(
        "a folder named like an image",
        lambda p: _replace(p / "cat" / "3.png", Path.mkdir),
        is_fine=True,
    ),
    _case("a FIFO as a class", lambda p: os.mkfifo(p / "emu"), is_fine=True),
    _case(
        "a link to the folder itself",
        lambda p: (p / "cat" / "again").symlink_to(p),
        is_fine=True,
    ),
    _case(
        "a class that links to itself",
        lambda p: (p / "emu").symlink_to(p / "emu"),
        is_fine=True,
    ),
    _case(
        "two classes that are one folder",
        lambda p: (p / "emu").symlink_to(p / "dog"),
        says="emu",
    ),
    _case("a test part that is the training part", _same_parts, says="test"),
    _case("a class outside of the folder", _outside, is_fine=True),
    _case(
        "an animation of 10**6 frames",
        lambda p: _animation(p / "cat" / "a.gif"),
        is_fine=True,
    ),
    _case("an empty class", lambda p: (p / "emu").mkdir(), says="emu"),
    _case("files that are no images", _fill_with(50), is_fine=True),
    _case("images in deeper folders", _nested, is_fine=True),
    _case("empty train and test folders", _split),
    _case("a name that is no UTF-8", lambda p: _rename(p, b"caf\xe9"), is_fine=True),
    _case("a name of 255 bytes", lambda p: _rename(p, b"x" * 255), is_fine=True),
    _case(
        "a name with a line break",
        lambda p: _rename(p, b"cat\n\x1b[31m|"),
        is_fine=True,
    ),
    _case(
        "python files",
        lambda p: (p / "cat" / "sitecustomize.py").write_text("1/0"),
        is_fine=True,
    ),
]
