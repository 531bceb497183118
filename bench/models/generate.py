"""Writes images that a study's generator makes, real ones beside them if asked.

Imports Keras: ``bench.training.backend.start`` comes first.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from bench.datasets import pixels
from bench.errors import UsageError
from bench.records import GENERATION, StudyRecord
from bench.store import Store
from bench.study.session import load_task
from bench.training.evaluators.generator import from_bytes, latents

BATCH = 256


def generate(
    name: str,
    *,
    count: int,
    to: Path,
    seed: int,
    with_real: bool,
    results: Path,
    data: Path | None,
) -> None:
    """Write PNG files, all of them or none.

    Args:
        name: Of the study, or how its name begins.
        count: Of the images.
        to: A folder that is empty or isn't there.
        seed: Of the draws that images are made of.
        with_real: Write as many real test images too, which no generator was trained
            on, and each kind to a folder of its own: classes for a search.
        results: Folder of the store.
        data: As of a search.

    Raises:
        BenchError: The study isn't one of generators, or has none yet; there are
            fewer real images; the folder holds something.
    """
    check_empty(to)
    for option, value, least in (("--count", count, 1), ("--seed", seed, 0)):
        if value < least:
            raise UsageError(f"{option} must be {least} or more, not {value}")
    with Store(results, read_only=True) as store:
        study = _found(name, store.studies())
        finals = store.finals(study.id)
        if not finals:
            raise UsageError(
                f"a generator is kept when its final training ends; study "
                f"{study.id[:8]} has none yet: give its search again"
            )
        file = store.outputs(study.id, finals[0].seed)["generator"]
    kinds = {"": _made(file, count, seed)}
    if with_real:
        kinds = {"generated": kinds[""], "real": _real(study, count, seed, data)}
    _write(kinds, to)


def check_empty(to: Path) -> None:
    """Refuse a folder that holds something.

    Raises:
        UsageError: It does, or is no folder.
    """
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise UsageError(
            f"--to names a folder that is empty or isn't there; {str(to)!r} is neither"
        )


def _found(name: str, studies: list[StudyRecord]) -> StudyRecord:
    of_generators = [s for s in studies if s.spec.aim.task == GENERATION]
    found = [study for study in of_generators if study.id.startswith(name)]
    if len(found) == 1:
        return found[0]
    listing = ", ".join(
        f"{study.id[:8]} ({study.spec.family} on {study.spec.dataset})"
        for study in of_generators
    )
    raise UsageError(
        f"generate takes a study of generators; {name!r} is "
        f"{'several' if found else 'none'}; in the store: {listing or 'none yet'}"
    )


def _made(file: np.ndarray, count: int, seed: int) -> np.ndarray:
    generator = from_bytes(file)
    drawn = latents(generator, count, seed)
    images = generator.predict(drawn, batch_size=BATCH, verbose=0)
    return pixels.to_uint8(np.asarray(images), (-1.0, 1.0))


def _real(study: StudyRecord, count: int, seed: int, data: Path | None) -> np.ndarray:
    task = load_task(study.spec, data=data, skip_unreadable=True)
    if task.record.test_fingerprint != study.task.test_fingerprint:
        raise UsageError(
            f"--real writes the test images of study {study.id[:8]}; "
            f"{study.spec.dataset!r} holds others now: bring those back, or leave "
            "out --real"
        )
    if len(task.test) < count:
        raise UsageError(
            f"--real writes test images, of which there are {len(task.test):,}; "
            f"--count {count:,} asks for more"
        )
    rows = np.random.default_rng(seed).permutation(len(task.test))[:count]
    return pixels.to_uint8(task.test.images[np.sort(rows)], task.pixel_range)


def _write(kinds: Mapping[str, np.ndarray], to: Path) -> None:
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{to.name}-", dir=to.parent))
    except OSError as error:
        raise UsageError(
            f"--to names a folder that can be made; {str(to)!r} can't ({error})"
        ) from error
    try:
        for kind, images in kinds.items():
            (unfinished / kind).mkdir(exist_ok=True)
            digits = len(str(len(images) - 1))
            for number, image in enumerate(images):
                plain = image[..., 0] if image.shape[-1] == 1 else image
                file = unfinished / kind / f"{number:0{digits}}.png"
                Image.fromarray(plain).save(file)
        unfinished.chmod(0o755)
        if to.exists():
            to.rmdir()
        unfinished.rename(to)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
