"""Writes images of a study's generator, and real test images beside them if asked.

Needs Keras: call ``bench.training.backend.start`` before importing this module.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from bench.datasets import pixels
from bench.errors import UsageError, command
from bench.files import check_free, whole_target
from bench.models.own_task import own_task
from bench.models.selection import placed, select
from bench.records import GENERATION, StudyRecord
from bench.records.options import read
from bench.records.spec import MAX_SEED
from bench.store import Store
from bench.training.evaluators.generator import from_bytes, latents
from search_spaces.parts.options import Option

BATCH = 256
"""Number of images that are generated at a time."""

COUNT = Option(name="count", kind=int, help="", low=1, high=1_000_000)
SEED = Option(name="seed", kind=int, help="", low=0, high=MAX_SEED)
TO = Option(name="to", kind=Path, help="")


def generate(
    name: str,
    *,
    count: int,
    to: Path,
    seed: int,
    with_real: bool,
    results: Path,
    data: Path | None,
    dataset: str | None = None,
) -> None:
    """Write images as PNG files, all of them or none.

    Args:
        name: Name of the study, or how it begins.
        count: Number of images.
        to: Folder of the files; empty, or not there yet.
        seed: Fixes the random inputs of the generator.
        with_real: Write as many real test images too, which no generator was trained
            on. Each kind gets a folder of its own, so that a search takes the kinds
            as classes.
        results: Folder of the store.
        data: Folder of data sets known by name, as for a search.
        dataset: Where the study's images lie now; None for where they were.

    Raises:
        BenchError: The study is no study of generators, or keeps no generator yet;
            there are fewer real images; the folder isn't empty.
    """
    read(COUNT, count)
    read(SEED, seed)
    check_free(read(TO, to), is_folder=True)
    with Store(results, read_only=True) as store:
        study = _select_study(name, store, dataset)
        finals = [f for f in store.finals(study.id) if f.error is None]
        if not finals:
            raise UsageError(
                f"a generator is kept when its final training ends; study "
                f"{study.id[:8]} has none yet: give its search again"
            )
        file = store.outputs(study.id, finals[0].seed)["generator"]
    folders = {"": _generated_images(file, count, seed)}
    if with_real:
        real = _real_images(study, count, seed, data)
        folders = {"generated": folders[""], "real": real}
    with whole_target(to) as scratch:
        for folder, images in folders.items():
            _write_images(images, scratch / folder)


def _select_study(name: str, store: Store, dataset: str | None) -> StudyRecord:
    selected = placed(select(name, store), dataset)
    if selected.study.spec.task_type.kind != GENERATION:
        raise UsageError(
            f"generate takes a study of generators; {selected.name} is of "
            f"{selected.study.spec.task_type.kind}: name another "
            f"({command('studies')})"
        )
    return selected.study


def _generated_images(file: np.ndarray, count: int, seed: int) -> np.ndarray:
    generator = from_bytes(file)
    inputs = latents(generator, count, seed)
    images = generator.predict(inputs, batch_size=BATCH, verbose=0)
    return pixels.to_uint8(np.asarray(images), (-1.0, 1.0))


def _real_images(
    study: StudyRecord, count: int, seed: int, data: Path | None
) -> np.ndarray:
    task = own_task(study, data)
    if len(task.test) < count:
        raise UsageError(
            f"--real writes test images, of which there are {len(task.test):,}; "
            f"--count {count:,} asks for more"
        )
    indices = np.random.default_rng(seed).permutation(len(task.test))[:count]
    return pixels.to_uint8(task.test.images[np.sort(indices)], task.pixel_range)


def _write_images(images: np.ndarray, folder: Path) -> None:
    """Write images as numbered files whose names sort in their order."""
    folder.mkdir(parents=True)
    digits = len(str(len(images) - 1))
    for number, image in enumerate(images):
        plain = image[..., 0] if image.shape[-1] == 1 else image
        Image.fromarray(plain).save(folder / f"{number:0{digits}}.png")
