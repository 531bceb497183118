"""Bombs are refused by their headers, and what is taken fits its forecast."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bad_arrays import claiming, npy_bytes
from bad_folders import photos, png, zeros
from PIL import Image

from bench.datasets import array_header, memory
from bench.errors import DatasetError
from bench.machine import available_memory

BOUND = 100
"""MiB by which refusing a bomb may raise the peak memory of a process. Measured: 0 to
6.2, which is the largest image's compressed file."""

MEASURE = """
import json, resource, sys
from pathlib import Path
import PIL.Image, sklearn.model_selection
from bench import datasets
from bench.errors import BenchError


def kib(key):
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(dict(line.split(":") for line in lines)[key].split()[0])


limit = 1024 * kib("VmSize") + int(sys.argv[2]) * 2**30
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
before = kib("VmHWM")
try:
    datasets.load(datasets.DataSetRequest(
        dataset=sys.argv[1], validation_fraction=0.25,
        test_fraction=0.25,
    ))
    answer = "loaded"
except BenchError as error:
    answer = str(error)
print(json.dumps([answer, (kib("VmHWM") - before) / 1024]))
"""


def measured(dataset: str, gib: int = 3) -> tuple[str, float]:
    """What loading says in a process of limited memory, and the MiB that it took."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, dataset, str(gib)],
        capture_output=True,
        text=True,
        check=True,
    )
    answer, mib = json.loads(done.stdout)
    return answer, mib


def zero_archive(folder: Path) -> str:
    """Images of 2 GB in 2 MB, all of them zeros."""
    path = folder / "zeros.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("X.npy", "w", force_zip64=True) as member:
            member.write(claiming((2_000, 1_000, 1_000)))
            for _ in range(2_000):
                member.write(bytes(1_000_000))
        archive.writestr("y.npy", npy_bytes(np.arange(2_000) % 2))
    assert path.stat().st_size < 3 * 2**20
    return f"npz:{path}"


def large_images(folder: Path) -> str:
    """Six images of 13,000 x 13,000 beside the others."""
    path = photos(folder)
    first = path / "cat" / "large.png"
    first.write_bytes(png(13_000, 13_000, pixels=zeros(13_000 * 13_001)))
    for number in range(5):
        os.link(first, path / "cat" / f"large{number}.png")
    return f"folder:{path}"


def huge_claim(folder: Path) -> str:
    (folder / "X.npy").write_bytes(claiming((10**15,)))
    np.save(folder / "y.npy", np.arange(9))
    return f"npy:{folder / 'X.npy'},{folder / 'y.npy'}"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (zero_archive, "GiB"),
        (large_images, "6 of 22"),
        (huge_claim, "claims"),
    ],
)
@pytest.mark.slow
def test_bomb_is_refused_within_bounded_memory(
    tmp_path: Path, tried: Callable, make: Callable[[Path], str], says: str
) -> None:
    answer, mib = measured(make(tmp_path))
    assert says in answer
    assert mib < BOUND
    tried("bombs", "refused", f"refused by their headers, within {BOUND} MiB")


def bytes_of(count: int, folder: Path) -> str:
    return _saved(np.full((count, 100, 100), 7, np.uint8), folder)


def floats_of(count: int, folder: Path) -> str:
    return _saved(np.full((count, 100, 100), 0.7), folder)


def _saved(images: np.ndarray, folder: Path) -> str:
    images[:, 0, 0] = 0
    np.savez(folder / "set.npz", X=images, y=np.arange(len(images)) % 2)
    return f"npz:{folder / 'set.npz'}"


def files_of(count: int, folder: Path) -> str:
    for number in range(count):
        place = folder / "photos" / f"class{number % 2}"
        place.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (400, 400), (number, 9, 9)).save(place / f"{number}.bmp")
    return f"folder:{folder / 'photos'}"


@pytest.mark.parametrize(
    ("make", "count"), [(bytes_of, 20_000), (floats_of, 4_000), (files_of, 250)]
)
@pytest.mark.slow
def test_loading_takes_what_was_forecast(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[int, Path], str],
    count: int,
) -> None:
    from bench import datasets

    name = make(count, tmp_path)
    forecasts: list[float] = []
    monkeypatch.setattr(memory, "check", lambda needed, *_: forecasts.append(needed))
    options = {"validation_fraction": 0.25, "test_fraction": 0.25, "seed": 0}
    options |= {"data_folder": None, "image_size": None, "skip_unreadable": False}
    datasets.load(datasets.DataSetRequest(dataset=name, **options))
    answer, mib = measured(name, gib=8)
    assert answer == "loaded"
    assert 0.3 < mib / (forecasts[0] / 2**20) < 1.25


def test_images_beyond_the_free_memory_are_refused_in_gib(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 2**30)
    header = array_header.ArrayHeader(shape=(10**5, 64, 64, 3), dtype=np.dtype("f8"))
    with pytest.raises(
        DatasetError, match=r"18\.3 GiB .* 1\.0 GiB are free: save fewer"
    ):
        array_header.check_memory([header])


def test_available_memory_heeds_the_limit_of_this_process() -> None:
    import resource

    free = available_memory()
    assert free > 2**20
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (2**50, before[1]))
    try:
        assert available_memory() < 2**50
        resource.setrlimit(resource.RLIMIT_AS, (2**20, before[1]))
        assert available_memory() == 0
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def test_cached_files_of_a_container_count_as_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bench.machine import memory as machine_memory

    files = [tmp_path / name for name in ("limit", "used", "details")]
    for file, text in zip(
        files, ("5000", "4500", "anon 500\ninactive_file 3000\n"), strict=True
    ):
        file.write_text(text)
    container = machine_memory.CONTAINERS[0]._replace(
        limit=files[0], used=files[1], details=files[2]
    )
    monkeypatch.setattr(machine_memory, "CONTAINERS", (container,))
    assert available_memory() == 3500
    files[0].write_text("max")  # no limit
    assert available_memory() > 5000
