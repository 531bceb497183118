"""What a report says of the images of a task."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import report
from bench.records import (
    TEST,
    TRAIN,
    VALIDATION,
    Duplicates,
    FileSummary,
    Findings,
    Grouping,
    ImagePlace,
    PixelSummary,
    TaskRecord,
)
from bench.report import Severity
from bench.store import Store

NONE = Duplicates(images=0, test=0, validation=0, relabelled=0, test_relabelled=0)
PIXELS = PixelSummary(
    low=0.0,
    high=255.0,
    mean=100.0,
    deviation=60.0,
    brightness_deviation=20.0,
    contrast=50.0,
    contrast_deviation=10.0,
)
FINDINGS = Findings(
    exact=NONE,
    near=NONE,
    counts={TRAIN: (350, 350), VALIDATION: (50, 50), TEST: (100, 100)},
    constant={TRAIN: 0, VALIDATION: 0, TEST: 0},
    pixels={TRAIN: PIXELS, VALIDATION: PIXELS, TEST: PIXELS},
)
PAIR = (
    ImagePlace(split=TRAIN, index=3, position=31, label=0, file="cat/3.jpg"),
    ImagePlace(split=TEST, index=4, position=12, label=1, file="dog/4.jpg"),
)
FOUND = Duplicates(
    images=20, test=10, validation=3, relabelled=4, test_relabelled=2, pairs=(PAIR,)
)


FILES = FileSummary(smallest=(90, 90), median=(90, 90), largest=(90, 90))


def examined(**changes: Any) -> TaskRecord:
    return TaskRecord(
        dataset="photos",
        fingerprint="all",
        test_fingerprint="test",
        image_shape=(32, 32, 3),
        class_names=("cat", "dog"),
        train=700,
        validation=100,
        test=200,
        seed=0,
        findings=replace(FINDINGS, **changes),
    )


def pixels(**changes: float) -> dict[str, PixelSummary]:
    return {**FINDINGS.pixels, TEST: replace(PIXELS, **changes)}


def test_nothing_found_is_said_in_a_few_words() -> None:
    task = examined()
    assert report.headline(task) == "data: 1,000 images examined, nothing found"
    assert {remark.severity for remark in report.remarks(task)} == {Severity.NOTE}
    assert report.remarks(replace(task, findings=None)) == []


def test_what_is_said_of_streamed_images_is_said_of_a_sample() -> None:
    sample = {TRAIN: 20, VALIDATION: 10, TEST: 10}
    task = examined(examined=sample)
    assert report.headline(task) == "data: 40 of 1,000 images examined, nothing found"
    assert any("40 of 1,000 were examined" in r.text for r in report.remarks(task))
    found = report.headline(examined(examined=sample, exact=FOUND))
    assert found.startswith("data: in a sample of 40 of 1,000 images, ")


def test_duplicates_across_splits_are_serious_and_name_a_pair() -> None:
    task = examined(exact=FOUND)
    worst = report.remarks(task)[0]
    assert worst.severity is Severity.SERIOUS
    assert "10 test images are also training or validation images" in worst.text
    assert "2 with another label" in worst.text
    assert "cat/3.jpg (training, cat) and dog/4.jpg (test, dog)" in worst.text
    assert "up to 0.05 than" in worst.text
    assert "duplicates.csv lists all" in worst.text
    assert report.headline(task) == (
        "data: 10 test images are also training or validation images, 2 with another "
        "label; 4 images with the pixels of an image of another class; 3 validation "
        "images are also training images (details in leaderboard.md)"
    )


SEVERE = [
    ({"near": FOUND}, Severity.SERIOUS, "10 test images look like training"),
    (
        {"near": replace(FOUND, test=0, test_relabelled=0)},
        Severity.WARNING,
        "3 validation images look like training images",
    ),
    (
        {"pixels": pixels(mean=90.0)},
        Severity.SERIOUS,
        "test images are darker than training images",
    ),
    (
        {"pixels": pixels(contrast=60.0)},
        Severity.SERIOUS,
        "test images are of higher contrast than training images",
    ),
    (
        {"constant": {TRAIN: 1, VALIDATION: 0, TEST: 0}},
        Severity.WARNING,
        "1 image is of",
    ),
    (
        {
            "grouping": Grouping(
                train=9,
                validation=2,
                test=3,
                validation_share=0.13,
                test_share=0.2,
                wanted_validation_share=0.125,
                left_out=7,
            )
        },
        Severity.WARNING,
        "7 training images left out",
    ),
]


@pytest.mark.parametrize(("changes", "severity", "said"), SEVERE)
def test_what_matters_is_in_the_line_of_the_terminal(
    changes: dict[str, Any], severity: Severity, said: str
) -> None:
    task = examined(**changes)
    assert report.headline(task).startswith(f"data: {said}")
    assert report.remarks(task)[0].severity is severity


NOTES = [
    (
        {"counts": {TRAIN: (600, 100), VALIDATION: (90, 10), TEST: (180, 20)}},
        "'cat', has 870 images, 6.7 times as many as the smallest, 'dog', with 130",
    ),
    (
        {"files": replace(FILES, unreadable=2)},
        "2 unreadable files left out: if they are of one kind",
    ),
    ({"near": None, "not_near": "they are alike"}, "not looked for: they are alike."),
    ({"exact": replace(NONE, images=2, pairs=(PAIR,))}, "2 images have the pixels"),
    ({"near": replace(NONE, images=2, pairs=(PAIR,))}, "2 images look the same"),
    ({"pixels": pixels(mean=101.0)}, "One test image moves the accuracy by 0.005;"),
    ({}, "in the smallest class of the test, 'cat' with 100"),
    ({}, "Every class has 500 images."),
    (
        {"counts": {TRAIN: (400, 300), VALIDATION: (50, 50), TEST: (100, 100)}},
        "Classes have 450 ('dog') to 550 ('cat') images.",
    ),
    (
        {"files": FileSummary(smallest=(20, 30), median=(24, 30), largest=(90, 90))},
        "20×30 to 90×90 pixels, the median 24×30; they are enlarged to 32×32",
    ),
    (
        {"files": FILES},
        "All files have 90×90 pixels; they are scaled to 32×32.",
    ),
]


@pytest.mark.parametrize(("changes", "said"), NOTES)
def test_what_a_data_set_is_stands_in_the_report_alone(
    changes: dict[str, Any], said: str
) -> None:
    task = examined(**changes)
    assert said in " ".join(remark.text for remark in report.remarks(task))
    assert report.headline(task).endswith("nothing found")


@pytest.fixture
def folder(filler: Any) -> Path:
    """Results folder of a study whose task has duplicates."""
    study = filler.study()
    filler.final(study, 0, 0.9)
    findings = replace(
        FINDINGS, exact=FOUND, counts=dict.fromkeys(FINDINGS.counts, (20,) * 10)
    )
    kinds = [("kind", "U5"), ("cluster", int), ("split", "U10"), ("position", int)]
    rows = np.array(
        [("exact", 0, TRAIN, 31, 0, "=cat/3.jpg"), ("exact", 0, TEST, 12, 1, "4.jpg")],
        dtype=[*kinds, ("label", int), ("file", "U20")],
    )
    filler.store.add_findings(study.task.fingerprint, findings, rows)
    folder: Path = filler.store.folder
    return folder


def test_report_has_a_section_and_a_table_of_all_duplicates(folder: Path) -> None:
    with Store(folder) as store:
        paths = report.write(store, plots=False)
    assert folder / "duplicates.csv" in paths
    document = (folder / "leaderboard.md").read_text("utf-8")
    assert "### The data\n\n- Serious: 10 test images are also training" in document
    rows = list(csv.DictReader(io.StringIO((folder / "duplicates.csv").read_text())))
    assert [(r["split"], r["position"], r["class"]) for r in rows] == [
        ("train", "31", "0"),
        ("test", "12", "1"),
    ]
    assert rows[0]["file"] == "'=cat/3.jpg"  # no formula


def test_findings_are_in_json_as_numbers_and_as_sentences(folder: Path) -> None:
    with Store(folder) as store:
        [board] = json.loads(json.dumps(report.as_json(report.boards(store))))
    assert board["data"]["remarks"][0]["severity"] == "serious"
    assert board["data"]["findings"]["exact"]["test"] == 10


def test_tasks_of_older_stores_were_not_examined(filler: Any) -> None:
    filler.final(filler.study(), 0, 0.9)
    report.write(filler.store, plots=False)
    folder = filler.store.folder
    assert "Not examined yet" in (folder / "leaderboard.md").read_text("utf-8")
    assert not (folder / "duplicates.csv").exists()
    assert report.as_json(report.boards(filler.store))[0]["data"] is None
