"""Badges of boards."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from bench.report import write

SVG = "{http://www.w3.org/2000/svg}"


def written(store: Any) -> dict[str, ElementTree.Element]:
    """The badges of a store by the names of their files."""
    write(store, plots=False)
    paths = (store.folder / "badges").glob("*.svg")
    return {path.name: ElementTree.parse(path).getroot() for path in paths}


def test_badge_says_data_set_best_family_and_score_with_its_interval(
    filler: Any,
) -> None:
    filler.complete("lenet", (0.7,))
    study = filler.complete("vgg", (0.98, 0.97, 0.99))
    ((name, badge),) = written(filler.store).items()
    assert name == f"digits-{study.test[:8]}.svg"
    texts = [element.text for element in badge.iter(f"{SVG}text")]
    assert texts == ["digits", "vgg 0.9800 ± 0.0248 accuracy"]
    assert badge.findtext(f"{SVG}title") == ": ".join(texts)
    assert "95% interval over seeds" in str(badge.findtext(f"{SVG}desc"))


def test_texts_of_users_stay_texts_and_the_badge_stays_xml(
    filler: Any, task: Any
) -> None:
    filler.complete("a.py:<i>&'\"\x1b", task=task("folder:/x/<script>\x00"))
    (badge,) = written(filler.store).values()
    dataset, score = (element.text for element in badge.iter(f"{SVG}text"))
    assert dataset == "<script>\\x00"
    assert str(score).startswith("<i>&'\"\\x1b ")


def test_no_text_is_wider_than_its_ground(filler: Any, task: Any) -> None:
    filler.complete("vgg", task=task(f"folder:/x/{'漢' * 40}"))
    (badge,) = written(filler.store).values()
    grounds, texts = (list(badge.iter(f"{SVG}{tag}")) for tag in ("rect", "text"))
    for ground, text in zip(grounds, texts, strict=True):
        assert float(text.attrib["textLength"]) < float(ground.attrib["width"])
    end = sum(float(ground.attrib["width"]) for ground in grounds)
    assert float(badge.attrib["width"]) == end


def test_board_of_references_alone_has_no_badge(filler: Any) -> None:
    filler.study("vgg")
    filler.references()
    assert not written(filler.store)


def test_badges_of_boards_that_are_gone_are_removed_and_other_files_stay(
    filler: Any, task: Any
) -> None:
    filler.complete("vgg")
    gone = filler.complete("vgg", task=task("mnist"))
    assert len(written(filler.store)) == 2
    mine = Path(filler.store.folder / "badges" / "mine.svg")
    mine.write_text(f'<svg xmlns="{SVG[1:-1]}"/>')
    filler.store.remove_study(gone.id)
    assert {name[:6] for name in written(filler.store)} == {"digits", "mine.s"}
