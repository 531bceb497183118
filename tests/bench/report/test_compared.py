"""Studies of one test are compared: what is printed, and the page that is written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar as peer

from bench.cli import main
from bench.records import Budget, Role, StudyRecord
from bench.report import compare, write_report
from bench.report.compared import McNemar
from bench.store import Store

IMAGES = 216
LABELS = np.arange(IMAGES) % 10

Compare = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(filler: Any, capsys: pytest.CaptureFixture[str]) -> Compare:
    """Run the command on the filled store: its exit code, output and errors."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["compare", *arguments, "--results", str(filler.store.folder)])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return run


def predicted(wrong: Sequence[int], confidence: float = 0.8) -> np.ndarray:
    """Probabilities that take some test images for the class after theirs."""
    taken = LABELS.copy()
    taken[list(wrong)] = (taken[list(wrong)] + 1) % 10
    probabilities = np.full((IMAGES, 10), (1 - confidence) / 9)
    probabilities[np.arange(IMAGES), taken] = confidence
    return probabilities


def add_study(
    filler: Any, family: str, wrong: Sequence[Sequence[int]], **spec: Any
) -> StudyRecord:
    """A study whose seeds take these test images for others."""
    study: StudyRecord = filler.study(family, **spec)
    filler.trial(study, 0, 0.9, hyperparameters={"units": len(family), "dropout": 0.5})
    for seed, each in enumerate(wrong):
        final(filler, study, seed, each)
    return study


def final(
    filler: Any, study: StudyRecord, seed: int, wrong: Sequence[int], **changes: Any
) -> None:
    probabilities = predicted(wrong)
    outputs = {
        "probabilities": probabilities,
        "right": probabilities.argmax(axis=1) == LABELS,
        "labels": LABELS.astype(np.int32),
        "mistakes": np.array(wrong[:1], np.int32),
        "mistake_images": np.zeros((len(wrong[:1]), 8, 8, 1), np.uint8),
    }
    accuracy = 1 - len(wrong) / IMAGES
    filler.final(study, seed, accuracy, outputs=outputs, **changes)


@pytest.mark.parametrize("table", [(90, 9, 3, 4), (5, 0, 1, 0), (1, 40, 41, 2)])
def test_mcnemar_agrees_with_statsmodels(table: tuple[int, int, int, int]) -> None:
    from scipy.stats import binom

    ours = McNemar(*table)
    theirs = peer(np.reshape(table, (2, 2)), exact=True)
    seen = binom.pmf(min(table[1:3]), sum(table[1:3]), 0.5)
    assert ours.p_exact == pytest.approx(theirs.pvalue)
    assert ours.p_mid == pytest.approx(theirs.pvalue - seen)


def test_mid_p_of_even_tables_counts_half_of_what_was_seen() -> None:
    assert McNemar(8, 1, 1, 0).p_mid == pytest.approx(0.75)
    assert McNemar(8, 0, 0, 2).p_mid == McNemar(8, 0, 0, 2).p_exact == 1


def test_images_that_only_one_gets_right_are_those_of_the_mean_over_seeds(
    filler: Any, run: Compare
) -> None:
    add_study(filler, "vgg", [[3, 40], [3, 41], [3, 42]])
    add_study(filler, "mlp", [[3, 50], [50], [50, 51]])
    code, out, _ = run("vgg", "mlp", "--json")
    (pair,) = json.loads(out)["pairs"]
    assert code == 0
    # Image 3 is wrong in most seeds of vgg and in one of mlp.
    assert [image["index"] for image in pair["only_one_right"]] == [50]
    (image,) = pair["only_other_right"]
    assert (image["index"], image["label"], image["one"]) == (3, "3", "4")
    assert image["other"] == "3"
    assert image["one_probability"] == pytest.approx(0.8, abs=1e-3)
    assert image["other_probability"] == pytest.approx(
        (0.8 * 2 + 0.2 / 9) / 3, abs=0.01
    )
    counts = {
        name: pair["mcnemar"][name] for name in ("both", "only_one", "only_other")
    }
    assert counts == {"both": IMAGES - 2, "only_one": 1, "only_other": 1}


def test_difference_and_its_corrected_p_are_those_of_the_board(
    filler: Any, run: Compare
) -> None:
    add_study(filler, "vgg", [[0], [1], [2]])
    add_study(filler, "mlp", [range(40), range(1, 42), range(40)])
    add_study(filler, "lenet", [range(30), range(30), range(31)])
    _, out, _ = run("mlp", "vgg", "--json")
    found = json.loads(out)
    (pair,) = found["pairs"]
    difference = pair["difference"]
    assert difference["mean"] == pytest.approx((3 - 121) / 3 / IMAGES)
    assert difference["low"] < difference["mean"] < difference["high"] < 0
    assert pair["verdict"] == "vgg is better"
    assert found["corrected_for_rows"] == 3
    assert difference["p_value"] < pair["corrected_p_value"] < 0.05


def test_single_seeds_say_nothing_of_a_family(filler: Any, run: Compare) -> None:
    add_study(filler, "vgg", [[]], seeds=1)
    add_study(filler, "mlp", [range(100)], seeds=1)
    _, out, _ = run("vgg", "mlp", "--json")
    (pair,) = json.loads(out)["pairs"]
    assert pair["verdict"] == "too few seeds or images to say"


def test_default_configuration_is_compared_with_the_best_one(
    filler: Any, run: Compare
) -> None:
    study = add_study(filler, "vgg", [[3], [3]])
    for seed in range(2):
        final(filler, study, seed, [4, 5], role=Role.DEFAULT)
    code, out, _ = run("vgg", "vgg, default", "--json")
    found = json.loads(out)
    assert code == 0
    assert [each["label"] for each in found["studies"]] == ["vgg", "vgg, default"]
    assert found["studies"][1]["hyperparameters"] is None
    assert found["pairs"][0]["mcnemar"]["only_one"] == 2


def test_recall_of_classes_begins_where_they_differ_most(
    filler: Any, run: Compare
) -> None:
    add_study(filler, "vgg", [[1], []])
    add_study(filler, "mlp", [[7, 17, 27], [7, 17, 27]])
    _, out, _ = run("vgg", "mlp", "--json")
    first, second, *_ = json.loads(out)["recall"]
    assert (first["class"], first["images"]) == ("7", 21)
    assert (first["vgg"], first["mlp"]) == (1, pytest.approx(18 / 21))
    assert (second["class"], second["vgg"]) == ("1", pytest.approx(43 / 44))


def test_tables_are_printed_and_the_page_is_named(filler: Any, run: Compare) -> None:
    add_study(filler, "vgg", [[3], [3]])
    add_study(filler, "mlp", [[4], [4]])
    code, out, err = run("vgg", "mlp")
    assert (code, err) == (0, "")
    assert re.search(r"^vgg − mlp +0\.0000 +-0\.0\d+ to 0\.0\d+ +1\.000", out, re.M)
    assert re.search(r"^vgg wrong +1 +0$", out, re.M)
    assert re.search(r"^dropout +0\.5 +0\.5 *$", out, re.M)
    path = Path(out.splitlines()[-1])
    assert path.parent == filler.store.folder / "report"
    assert path.exists()


def test_page_shows_kept_images_and_counts_the_others(
    filler: Any, run: Compare
) -> None:
    add_study(filler, "vgg", [[30, 31, 32], [30, 31, 32]])
    add_study(filler, "mlp", [[1, 40], [1, 40]])
    _, out, _ = run("vgg", "mlp", "--json")
    html = Path(json.loads(out)["page"]).read_text("utf-8")
    # 30 is a kept mistake, 1 a sample; 31, 32 and 40 are not in the store.
    assert re.findall(r'alt="Test image (\d+)', html) == ["1", "30"]
    assert "3 images of these: not in the store" in html
    assert "<script" not in html


def test_names_of_classes_stay_texts(filler: Any, task: Any, run: Compare) -> None:
    hostile = "<script>alert(1)</script>\x1b[31m"
    names = (hostile, *"123456789")
    add_study(filler, "vgg", [[0], [0]], task=task(class_names=names))
    add_study(filler, "mlp", [[1], [1]], task=task(class_names=names))
    code, out, _ = run("vgg", "mlp")
    html = Path(out.splitlines()[-1]).read_text("utf-8")
    assert (code, "\x1b" in out, "<script" in html) == (0, False, False)
    assert "&lt;script&gt;" in html


def test_comparison_that_was_asked_for_is_linked_by_the_board_at_once(
    filler: Any, run: Compare
) -> None:
    for family, wrong in (("vgg", 3), ("lenet", 9), ("dense", 27)):
        add_study(filler, family, [range(wrong)])
    index = write_report(filler.store)
    assert "vgg and dense" not in index.read_text("utf-8")
    code, out, _ = run("vgg", "dense")
    page = Path(out.splitlines()[-1])
    assert code == 0
    assert f'<a href="{page.name}">vgg and dense</a>' in index.read_text("utf-8")


def test_page_stays_until_one_of_its_studies_is_removed(
    filler: Any, run: Compare
) -> None:
    add_study(filler, "vgg", [[3], [3]])
    removed = add_study(filler, "mlp", [[4], [4]])
    _, out, _ = run("vgg", "mlp", "--json")
    page = Path(json.loads(out)["page"])
    write_report(filler.store)
    assert page.exists()
    filler.store.remove_study(removed.id)
    write_report(filler.store)
    assert not page.exists()


def test_denoisers_are_compared_without_right_and_wrong(
    filler: Any, run: Compare
) -> None:
    for family in ("autoencoder", "unet"):
        study = filler.study(
            family,
            task_type_name="denoising",
            options={"noise_mean": 0.1, "noise_variance": 0.3},
        )
        for seed in range(2):
            metrics = {"test_psnr": 20.0 + seed, "test_ssim": 0.5}
            filler.final(study, seed, 0.5, outputs={}, metrics=metrics)
    code, out, err = run("autoencoder", "unet")
    assert (code, err) == (0, "")
    assert "unknown: the store lacks their scores for single images" in out


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["vgg"], "compare takes 2 to 8 studies, not 1"),
        (["vgg", "vgg"], "is named twice"),
        (["vgg", "mlp"], "on 2 boards: vgg on digits .*; mlp on mnist"),
        (["vgg", "vgg, default"], "was not tested apart"),
        (["vgg", "lenet"], "has not been tested yet"),
        (["vgg", "nothing"], "none of the studies"),
    ],
)
def test_what_cannot_be_compared_is_one_line(
    filler: Any, task: Any, run: Compare, names: list[str], message: str
) -> None:
    add_study(filler, "vgg", [[3], [3]])
    add_study(filler, "mlp", [[4], [4]], task=task("mnist"))
    filler.study("lenet")
    code, out, err = run(*names)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert re.search(message, err)


def test_comparison_needs_nothing_but_the_store(filler: Any) -> None:
    studies = [add_study(filler, family, [[3], [4]]) for family in ("vgg", "mlp")]
    with Store(filler.store.folder, read_only=True) as store:
        compared = compare(store, [(study, Role.FINAL) for study in studies])
    assert [pair.name for pair in compared.pairs] == ["vgg − mlp"]


def test_study_without_a_row_is_compared_with_the_longer_one_that_has_it(
    filler: Any,
) -> None:
    short = add_study(filler, "vgg", [[1, 2], [3]], budget=Budget(epochs=20))
    longer = add_study(filler, "vgg", [[1], []], budget=Budget(epochs=50))
    filler.store.change_study(replace(longer, replaces=(short.id,)))
    found = compare(filler.store, [(short, Role.FINAL), (longer, Role.FINAL)])
    assert [row.study for row in found.board.rows] == [longer.id]
    (pair,) = found.pairs
    assert pair.difference is not None
