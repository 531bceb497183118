"""The pages of a report as files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bench.errors import WriteError
from bench.report import page_now, write, write_report
from bench.store import Store


def test_report_writes_the_pages_beside_the_leaderboard(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        assert tmp_path / "report" / "index.html" in write(store)


def test_row_links_the_page_of_its_study(filler: Any) -> None:
    study = filler.complete(accuracies=(0.9,))
    index = write_report(filler.store)
    assert f'href="{study.id}.html"' in index.read_text("utf-8")
    assert (index.parent / f"{study.id}.html").exists()


def test_page_of_a_study_is_made_again_only_if_it_has_changed(filler: Any) -> None:
    study = filler.complete(accuracies=(0.9,))
    folder = write_report(filler.store).parent
    page = folder / f"{study.id}.html"
    made = page.stat().st_mtime_ns
    write_report(filler.store)
    assert page.stat().st_mtime_ns == made
    filler.final(study, 1, 0.95)
    write_report(filler.store)
    assert page.stat().st_mtime_ns > made


def test_linked_images_stay_while_their_page_does(filler: Any) -> None:
    filler.complete(accuracies=(0.9,))
    for link_images in (True, True, False):
        folder = write_report(filler.store, link_images=link_images).parent
        assert bool(list(folder.glob("images/*"))) == link_images


def test_pages_of_removed_studies_are_removed_and_others_stay(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        folder = write_report(store).parent
        (folder / "gone.html").write_bytes((folder / "index.html").read_bytes())
        (folder / "mine.html").write_text("<p>mine</p>", "utf-8")
        write_report(store)
    assert {path.name for path in folder.iterdir()} == {"index.html", "mine.html"}


def test_best_two_of_a_board_are_compared_and_linked_both_ways(filler: Any) -> None:
    best = filler.complete("vgg", (0.9,))
    filler.complete("lenet", (0.7,))
    second = filler.complete("dense", (0.8,))
    index = write_report(filler.store)
    (page,) = index.parent.glob("compare-best-*.html")
    compared = page.read_text("utf-8")
    assert f'<a href="{page.name}">vgg and dense</a>' in index.read_text("utf-8")
    for study in (best, second):
        own = (index.parent / f"{study.id}.html").read_text("utf-8")
        assert f'<a href="{page.name}">Compared: vgg and dense</a>' in own
        assert f'href="{study.id}.html"' in compared
    assert 'href="index.html"' in compared


def test_comparison_of_the_best_two_follows_the_board(filler: Any) -> None:
    filler.complete("vgg", (0.9,))
    filler.complete("lenet", (0.7,))
    (page,) = write_report(filler.store).parent.glob("compare-best-*.html")
    made = page.stat().st_mtime_ns
    write_report(filler.store)
    assert page.stat().st_mtime_ns == made
    filler.complete("dense", (0.8,))
    write_report(filler.store)
    assert "<h1>vgg and dense</h1>" in page.read_text("utf-8")


def test_comparisons_are_served_without_being_written(filler: Any) -> None:
    filler.complete("vgg", (0.9,))
    filler.complete("lenet", (0.7,))
    index = page_now(filler.store, "index.html")
    (name,) = re.findall(r'href="(compare-best-\w+\.html)"', str(index))
    assert "<h1>vgg and lenet</h1>" in str(page_now(filler.store, name))
    assert not (filler.store.folder / "report").exists()


def test_single_study_is_compared_with_nothing(filler: Any) -> None:
    filler.complete("vgg", (0.9,))
    folder = write_report(filler.store).parent
    assert not list(folder.glob("compare-*"))


def test_page_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        (tmp_path / "report").write_text("a file")
        with pytest.raises(WriteError, match="report"):
            write_report(store)
