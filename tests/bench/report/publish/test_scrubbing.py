"""Texts without paths and without the name of the machine."""

from __future__ import annotations

import platform
from collections.abc import Callable

import pytest

from bench.records import StudyRecord, StudySpec, StudyState, TaskRecord
from bench.report.publish.scrubbing import scrubber


@pytest.fixture
def scrubbed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    monkeypatch.setattr(platform, "node", lambda: "digits.example.org")
    spec = StudySpec(
        family="nets/ada/ours.py:Ours",
        dataset="folder:../a b/photos/",
        portfolio="nets/first ones.json",
    )
    task = TaskRecord(
        dataset=spec.dataset,
        fingerprint="1",
        test_fingerprint="2",
        image_shape=(8, 8, 1),
        class_names=("a", "b"),
        train=8,
        validation=2,
        test=2,
        seed=0,
    )
    study = StudyRecord(
        id="3", spec=spec, task=task, state=StudyState.FINISHED, created=0.0
    )
    return scrubber([study])


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("folder:/home/ada/photos", "folder:photos"),
        ("folder:/home/ada/photos/", "folder:photos"),
        ("npy:/home/ada/X.npy,/home/ada/y.npy", "npy:X.npy,y.npy"),
        ("/home/ada/ours.py:Ours", "ours.py:Ours"),
        ("~/ours.py:Ours", "ours.py:Ours"),
        ("./nets/ours.py:Ours", "ours.py:Ours"),
        ("../../nets/ours.py:Ours", "ours.py:Ours"),
        (r"C:\Users\ada\ours.py:Ours", "ours.py:Ours"),
        (r"\\server\share\w.h5", "w.h5"),
        ("file:///home/ada/x.html", "file:x.html"),
        ("in '/home/ada l/my photos/1.png': no", "in '1.png': no"),
        ('File "/home/ada/ours.py", line 3', 'File "ours.py", line 3'),
        (r"in 'C:\\Users\\ada l\\1.png'", "in '1.png'"),
        ("cannot open /home/ada/1.png.", "cannot open 1.png."),
        # As they were typed, relative paths too.
        ("folder:../a b/photos/", "folder:photos/"),
        ("no ../a b/photos/cat/1.png", "no photos/cat/1.png"),
        ("nets/ada/ours.py has no Ours", "ours.py has no Ours"),
        ("--portfolio nets/first ones.json", "--portfolio first ones.json"),
        ("on digits.example.org and digits", "on machine and machine"),
    ],
)
def test_last_part_of_a_path_stays(
    scrubbed: Callable[[str], str], text: str, left: str
) -> None:
    assert scrubbed(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "digits",  # the data set, not the machine of that name
        "package.module:Ours",
        "memory:arrays",
        "1,200 images/s and 3/4 of them",
        "see https://keras.io/api/layers/",
        "a/b and cat/1.png",
        "±0.01 / 0.02",
        "",
    ],
)
def test_what_is_no_path_stays(scrubbed: Callable[[str], str], text: str) -> None:
    assert scrubbed(text) == text
