"""Groups that are given to the Python interface."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from bench import datasets
from bench.errors import DatasetError
from bench.python.asking import asked
from bench.report import search_command

GROUPS = np.arange(120) // 4


def load(dataset: Any, groups: Any) -> datasets.Task:
    request = asked("dense", dataset, None, {"groups": groups})
    return datasets.load_for(request.specs[0], request.source)


def straddling(task: datasets.Task) -> set[int]:
    """Groups with images in more than one split."""
    kinds = [
        set(split.groups.tolist())
        for split in (task.train, task.validation, task.test)
        if split.groups is not None
    ]
    assert len(kinds) == 3
    return kinds[0] & kinds[1] | kinds[0] & kinds[2] | kinds[1] & kinds[2]


@pytest.fixture
def arrays() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.integers(0, 256, (120, 8, 8), dtype=np.uint8), GROUPS % 3


def test_array_of_groups_goes_with_arrays_and_with_files(
    arrays: tuple, tmp_path: Path
) -> None:
    np.savez(tmp_path / "set.npz", X=arrays[0], y=arrays[1])
    np.save(tmp_path / "groups.npy", GROUPS)
    given = load(arrays, GROUPS)
    assert straddling(given) == set()
    assert len(np.unique(given.train.groups)) < 30
    for groups in (GROUPS, GROUPS.astype(str).tolist(), tmp_path / "groups.npy"):
        assert straddling(load(tmp_path / "set.npz", groups)) == set()
    assert load(arrays, tmp_path / "groups.npy").record == given.record


def test_column_of_a_frame_names_the_groups(arrays: tuple, tmp_path: Path) -> None:
    rows = []
    for number, image in enumerate(arrays[0]):
        Image.fromarray(image).save(tmp_path / f"{number}.png")
        rows.append(
            (tmp_path / f"{number}.png", arrays[1][number], f"p{GROUPS[number]}")
        )
    frame = pd.DataFrame(rows, columns=["path", "label", "patient"])
    task = load(frame.sample(frac=1, random_state=0), "patient")
    assert straddling(task) == set()
    of_file = {str(path): group for path, _, group in rows}
    assert task.train.files is not None
    patients = [of_file[file] for file in task.train.files]
    pairs = set(zip(patients, task.train.groups.tolist(), strict=True))
    assert len(pairs) == len(set(patients))


def test_groups_without_their_images_are_refused(arrays: tuple) -> None:
    with pytest.raises(DatasetError, match="no columns"):
        load(arrays, "patient")
    with pytest.raises(DatasetError, match="119 for 120 images"):
        load(arrays, GROUPS[1:])
    with pytest.raises(DatasetError, match="given from Python"):
        load("digits", "memory")


def test_command_shows_groups_that_were_given_as_an_array() -> None:
    request = asked("dense", "digits", None, {"groups": np.arange(1797) // 3})
    assert search_command(request.specs[0]).endswith("groups=groups)")
    request = asked("dense", "digits", None, {"groups": "duplicates"})
    assert search_command(request.specs[0]).endswith("--groups duplicates")
