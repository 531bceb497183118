"""The commands that publish studies, and that verify what was published."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.cli import main


@pytest.fixture
def bench(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def bench(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        return (int(ended.value.code or 0), *capsys.readouterr())

    return bench


def test_folder_that_was_never_published_is_one_line(
    bench: Callable, tmp_path: Path
) -> None:
    code, out, err = bench("verify", tmp_path)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "python -m bench publish" in err


@pytest.mark.slow
def test_published_row_is_trained_again_on_the_readers_images(
    bench: Callable, keras_started: None, dataset: str, tmp_path: Path
) -> None:
    results, to = tmp_path / "results", tmp_path / "published"
    search = "--trials 2 --epochs 2 --seeds 2 --tuner random --workers 0 --skip-default"
    bench(
        "search", "linear", "--dataset", dataset, "--results", results, *search.split()
    )
    assert bench("publish", "linear", "--results", results, "--to", to)[0] == 0
    assert bench("publish", "--results", results, "--to", to)[0] == 2
    assert bench("verify", to)[0] == 0

    images = Path(dataset.removeprefix("npz:"))
    mine = shutil.copy(images, tmp_path / "my images.npz")
    before = sorted(path.name for path in to.iterdir())
    row = ("verify", to, "linear", "--workers", 0)
    code, _, err = bench(*row)
    assert (code, "--dataset npz:PATH" in err) == (2, True)
    code, out, err = bench(*row, "--dataset", f"npz:{mine}")
    assert (code, err) == (0, "")
    assert "lies in the published 95% interval" in out
    assert "has changed since" not in out
    assert sorted(path.name for path in to.iterdir()) == before

    path = to / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    claimed = {"score": 1.0, "low": 2.0, "high": 2.0}
    manifest["rows"] = [each | claimed for each in manifest["rows"]]
    path.write_text(json.dumps(manifest), "utf-8")
    code, out, _ = bench(*row, "--dataset", f"npz:{mine}")
    assert (code, "does not lie in" in out) == (1, True)

    (to / "leaderboard.md").write_text("better", "utf-8")
    code, out, _ = bench(*row, "--dataset", f"npz:{mine}")
    assert (code, out) == (1, "changed: leaderboard.md\n")
