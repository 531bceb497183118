"""Mistakes of the test are shown with the files that they are about."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.datasets import Split
from bench.models.mistakes import Mistakes
from bench.models.selection import Selected
from bench.store import Store

Choose = Callable[[str], Selected]
Bench = Callable[..., int]


def mistakes(chosen: Choose, labels: list[int], seeds: list[list[float]]) -> Mistakes:
    """Mistakes of a study of three classes, whose models are sure of some class.

    Args:
        chosen: Selects a study.
        labels: Labels of the test images.
        seeds: For each seed and image, the predicted class, with the probability of
            its prediction as the fraction.
    """
    numbers = np.array(seeds)
    classes, sure = numbers.astype(int), numbers % 1
    probabilities = np.repeat(((1 - sure) / 2)[..., None], 3, axis=2)
    np.put_along_axis(probabilities, classes[..., None], sure[..., None], axis=2)
    return Mistakes(
        selected=chosen("linear"),
        test=Split(images=np.zeros((len(labels), 8, 8, 1)), labels=np.array(labels)),
        pixel_range=(0.0, 255.0),
        probabilities=probabilities,
    )


def test_most_confident_mistake_comes_first(chosen: Choose) -> None:
    found = mistakes(chosen, [0, 0, 1, 2], [[0.9, 1.6, 1.9, 0.8]])
    assert found.wrong.tolist() == [3, 1]
    assert [row["prediction"] for row in found.rows(found.wrong)] == [
        "bottom",
        "middle",
    ]


def test_label_is_doubtful_only_if_all_seeds_are_sure_of_one_other_class(
    chosen: Choose,
) -> None:
    labels = [0, 0, 1, 1, 2, 2, 2]
    seeds = [
        [0.8, 0.8, 1.8, 1.8, 0.95, 0.95, 0.5],
        [0.8, 0.8, 1.8, 1.8, 0.95, 1.95, 0.5],
    ]
    found = mistakes(chosen, labels, seeds)
    # Of the three mistakes the seeds agree on two, and are sure of one.
    assert sorted(found.wrong) == [4, 5, 6]
    assert found.doubtful.tolist() == [4]


def test_pairs_of_confused_classes_are_counted(chosen: Choose) -> None:
    found = mistakes(chosen, [0, 0, 0, 2], [[1.9, 1.9, 0.9, 0.9]])
    first, second = found.confused()
    assert first["label"], first["prediction"] == ("bottom", "middle")
    assert (first["images"], first["share_of label"]) == (2, "66.7%")
    assert second["images"] == 1


def test_mistakes_name_the_files_of_the_test_images(
    searched: Path, photos: Path, bench: Bench, tmp_path: Path, chosen: Choose
) -> None:
    study = chosen("linear").study
    with Store(searched, read_only=True) as store, Store(tmp_path / "r") as copy:
        copy.add_task(study.task, store.samples(study.task.fingerprint))
        copy.add_study(study)
        for final in store.finals(study.id):
            tested = store.outputs(study.id, final.seed)["probabilities"]
            rolled = {"probabilities": np.roll(tested, 1, axis=1)}
            copy.end_final(study.id, final, rolled)
    to = tmp_path / "out"
    assert bench("mistakes", "linear", "--results", tmp_path / "r", "--to", to) == 0
    rows = list(csv.DictReader((to / "mistakes.csv").read_text().splitlines()))
    assert len(rows) >= study.task.test - 1
    for row in rows:
        assert (photos / row["image"]).is_file()
        assert row["image"].startswith(row["label"])
    assert (to / "mistakes.png").stat().st_size > 10_000


def test_changed_data_set_is_refused(
    searched: Path, chosen: Choose, tmp_path: Path
) -> None:
    from bench.errors import BenchError
    from bench.models.mistakes import mistakes as collect

    found = chosen("linear")
    spec = replace(found.study.spec, dataset="digits")
    other = replace(found, study=replace(found.study, spec=spec))
    with (
        Store(searched, read_only=True) as store,
        pytest.raises(BenchError, match="holds others now"),
    ):
        collect(store, other, None)


def test_study_of_another_task_type_has_no_mistakes(
    searched: Path, bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench("mistakes", "autoencoder", "--results", searched) == 2
    assert "those of classifiers" in capsys.readouterr().err


def test_mistakes_are_printed_as_json(
    searched: Path, bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("mistakes", "linear", "--results", searched, "--to", tmp_path / "out")
    assert bench(*words, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["test_images"] > 10
    assert len(found["mistakes"]) < found["test_images"] / 2
