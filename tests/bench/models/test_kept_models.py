"""Kept models are shown, trained again, and deleted when that is asked for."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.models.selection import Selected
from bench.records import NetworkRecord, Role
from bench.store import EXPLANATIONS, Store, network_file

Choose = Callable[[str], Selected]
Bench = Callable[..., int]


@pytest.fixture
def copied(searched: Path, tmp_path: Path) -> Path:
    results = tmp_path / "results"
    shutil.copytree(searched, results)
    return results


def kept(results: Path) -> list[str]:
    return sorted(path.name for path in results.rglob("*.keras"))


def test_layers_of_kept_models_are_listed_beside_them(
    searched: Path, chosen: Choose
) -> None:
    study = chosen("linear").study
    text = network_file(searched, study.id, Role.FINAL).read_text()
    layers = NetworkRecord.from_json(text).layers
    (dense,) = [layer for layer in layers if layer.parameters]
    pixels, classes = math.prod(study.task.image_shape), len(study.task.class_names)
    assert dense.shape == (classes,)
    assert dense.multiply_adds == pixels * classes


def test_finals_are_trained_again_to_the_same_scores_and_models(
    copied: Path, bench: Bench, chosen: Choose, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copied / "models" / chosen("linear").study.id
    shutil.rmtree(folder)
    words = ("reproduce", "linear", "--keep", "--workers", 0, "--results", copied)
    assert bench(*words, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [final["seed"] for final in found["finals"]] == [0, 1]
    assert [final["difference"] for final in found["finals"]] == [0, 0]
    assert [final["predictions"] for final in found["finals"]] == [0, 0]
    assert found["verdict"].endswith("the result is reproduced")
    assert sorted(p.name for p in folder.iterdir()) == [
        "best.py",
        "best.toml",
        "model.json",
        "network.json",
        "seed-0.keras",
        "seed-1.keras",
    ]


def test_everything_about_a_study_is_shown(
    searched: Path, bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench("show", "linear", "--results", searched) == 0
    printed = capsys.readouterr().out
    for part in (
        "python -m bench search linear",
        "SEARCH SPACE",
        "learning_rate",
        "NETWORK",
        "probabilities",
        "LEARNING CURVE OF SEED 0",
        "tensorflow",
        "2 files in",
    ):
        assert part in printed


def test_prune_says_sizes_and_deletes_nothing_unasked(
    copied: Path, bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    before = kept(copied)
    assert len(before) == 4
    assert bench("prune", "--results", copied, "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert all(row["bytes"] > 1000 for row in rows)
    assert bench("prune", "--models", "--results", copied) == 2  # nobody to ask
    assert "--yes" in capsys.readouterr().err
    assert kept(copied) == before


def test_prune_deletes_the_models_of_the_named_study_alone(
    copied: Path, bench: Bench, chosen: Choose
) -> None:
    words = ("prune", "linear", "--models", "--yes", "--results", copied)
    assert bench(*words) == 0
    assert not (copied / "models" / chosen("linear").study.id).exists()
    assert len(kept(copied)) == 2
    with Store(copied, read_only=True) as store:
        assert len(store.studies()) == 2


def test_prune_deletes_a_whole_study_only_by_its_name(
    copied: Path, bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench("prune", "--studies", "--yes", "--results", copied) == 2
    assert "none is" in capsys.readouterr().err
    words = ("prune", "linear", "--studies", "--yes", "--results", copied)
    assert bench(*words) == 0
    with Store(copied, read_only=True) as store:
        assert [s.spec.family for s in store.studies()] == ["autoencoder"]
    assert len(kept(copied)) == 2


def test_prune_lists_explanations_and_deletes_them_with_their_study(
    copied: Path, bench: Bench, chosen: Choose, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copied / EXPLANATIONS / f"linear-photos-{chosen('linear').study.id[:8]}"
    folder.mkdir(parents=True)
    (folder / "mosaic-grad-cam.png").write_bytes(bytes(2000))
    assert bench("prune", "--results", copied, "--json") == 0
    rows = {row["folder"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows[str(folder)]["bytes"] == 2000
    assert bench("prune", "linear", "--studies", "--yes", "--results", copied) == 0
    assert not folder.exists()


def test_fresh_search_forgets_the_models_of_the_old_one(
    copied: Path, bench: Bench, chosen: Choose, photos: Path
) -> None:
    folder = copied / "models" / chosen("linear").study.id
    (folder / "seed-9.keras").write_bytes(b"of an older search")
    common = "--trials 1 --seeds 2 --workers 0 --quiet --tuner random --skip-default"
    words = f"search linear --epochs 12 {common} --fresh".split()
    places = ("--dataset", f"folder:{photos}", "--results", copied)
    assert bench(*words, *places) == 0
    assert sorted(p.name for p in folder.iterdir()) == [
        "best.py",
        "best.toml",
        "model.json",
        "network.json",
        "seed-0.keras",
        "seed-1.keras",
    ]
