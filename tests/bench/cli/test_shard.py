"""The command that writes a data set to shards."""

from pathlib import Path

import pytest
from PIL import Image

from bench.cli import main


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for label, name in enumerate(("cat", "dog")):
        folder = tmp_path / "photos" / name
        folder.mkdir(parents=True)
        for number in range(6):
            image = Image.new("RGB", (8, 8), (100 * label, number, 0))
            image.save(folder / f"{number}.png")
    return tmp_path / "photos"


def shard(*words: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["shard", *map(str, words)])
    return int(ended.value.code or 0)


def test_shards_are_written_and_how_to_search_them_is_said(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = tmp_path / "shards"
    assert shard(f"folder:{photos}", "--to", to, "--shard-size", "2K") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-2].startswith(f"wrote {len(list(to.glob('*tfrecord*')))} shards with")
    assert said[-1].endswith(f"--dataset shards:{to}")
    assert (to / "labels.txt").read_text() == "cat\ndog\n"


@pytest.mark.parametrize(
    ("dataset", "options", "said"),
    [
        ("shards:photos", [], "in shards already"),
        ("digits", ["--shard-size", "large"], "--shard-size takes a size"),
        ("dgits", [], "did you mean 'digits'"),
        ("folder:nowhere", [], "there is no folder"),
    ],
)
def test_what_cannot_be_written_is_refused_in_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    dataset: str,
    options: list[str],
    said: str,
) -> None:
    assert shard(dataset, "--to", tmp_path / "shards", *options) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_an_unreadable_file_is_named_or_left_out(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "cat" / "2.png").write_bytes(b"no image")
    words = [f"folder:{photos}", "--to"]
    assert shard(*words, tmp_path / "a") == 2
    assert "2.png" in capsys.readouterr().err
    assert shard(*words, tmp_path / "b", "--skip-unreadable") == 0
    assert "left out 1 unreadable images" in capsys.readouterr().out
