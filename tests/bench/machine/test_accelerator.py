"""What follows from a GPU."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.machine import accelerator, default_size
from bench.records import StudySpec, default_smallest_part
from bench.report import search_command
from bench.study.requests import request


@pytest.mark.parametrize(("gpus", "size"), [(0, "small"), (1, "base")])
def test_size_of_search_spaces_follows_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gpus: int, size: str
) -> None:
    monkeypatch.setattr(accelerator, "DEVICES", tmp_path)
    for number in range(gpus):
        (tmp_path / f"nvidia{number}").touch()
    assert default_size() == size
    assert request(["vgg"], {}).specs[0].size == size
    assert request(["vgg"], {"size": "paper"}).specs[0].size == "paper"
    of_sizes = {
        each: search_command(StudySpec(family="vgg", size=each))
        for each in ("small", "base")
    }
    assert of_sizes.pop(size) == "python -m bench search vgg"
    [(other, command)] = of_sizes.items()
    assert command == f"python -m bench search vgg --size {other}"


def test_parts_of_images_follow_the_machine_and_the_command_names_them_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accelerator, "DEVICES", tmp_path)
    in_parts = StudySpec(family="vgg", part_rungs=2)
    assert default_smallest_part() == 5000
    assert search_command(in_parts) == "python -m bench search vgg"
    (tmp_path / "nvidia0").touch()
    assert default_smallest_part() == 0
    whole = replace(in_parts, part_rungs=0, size="base")
    assert search_command(whole) == "python -m bench search vgg"
    assert search_command(replace(in_parts, size="base")) == (
        "python -m bench search vgg --smallest-part 5000"
    )
