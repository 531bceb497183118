"""Texts of data, families and stores act in none of the places where they are shown.

A store is filled with names, settings, errors and notes that try to act, and everything
that prints is read as its medium is.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html.parser import HTMLParser
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bench import report
from bench.cli.tables import show
from bench.records import ReferenceRecord, StudyRecord, StudyState
from bench.report.columns import COLUMNS
from bench.report.page.board import board_page
from bench.report.plots import board_plots
from bench.report.plots.heat import HeatMap
from bench.report.plots.style import png
from bench.store import Store
from bench.text import json_text, terminal, visible
from bench.text.console import SafeConsole

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
PLAIN = {"paragraph", "heading", "bullet_list", "list_item"} | {
    *("table", "thead", "tbody", "tr", "th", "td"),
}
MANY = settings(max_examples=10, deadline=None)


def fill(filler: Any, task: Any, texts: Sequence[str]) -> list[StudyRecord]:
    """Two boards of studies whose every text is one of the given ones."""
    text = cycle(texts).__next__
    family, held, setting = f"theirs.py:{text()}", text(), {text(): text(), "rate": 0.1}
    studies = []
    for number, dataset in enumerate(("folder:/data/", "npz:")):
        names = tuple(text() for _ in range(10))
        features, tuner, value = text(), text(), text()
        of_board = task(f"{dataset}{text()}", class_names=names, seed=number)
        for held_at in (value, f"{value}!"):
            study = filler.study(
                family,
                task=of_board,
                tuner=tuner,
                fixed=((held, held_at),),
                versions={text(): text(), "fid_features": features},
                state=StudyState.FAILED,
                message=_storable(text()),
            )
            filler.trial(study, 0, 0.9, hyperparameters=setting)
            filler.trial(study, 1, None)
            for seed in range(3):
                filler.final(study, seed, 0.9 + seed / 100, note=text())
            studies.append(study)
        reference = ReferenceRecord(
            name=_storable(text()),
            metrics={"test_accuracy": 0.1, "test_log_loss": 1.0},
            parameters=1,
            seconds=1.0,
            note=text(),
        )
        filler.store.add_reference(study.test, reference)
    return studies


def _storable(text: str) -> str:
    """The text without halves of characters, which SQLite does not take."""
    return text.encode(errors="replace").decode()


@pytest.fixture(scope="session")
def filled(make_filler: Any, task: Any) -> Any:
    """Fills a new store with texts."""

    @contextmanager
    def filled(texts: Sequence[str]) -> Iterator[Store]:
        with (
            tempfile.TemporaryDirectory() as folder,
            Store(Path(folder) / "r") as store,
        ):
            fill(make_filler(store), task, texts)
            yield store

    return filled


@pytest.fixture(scope="session")
def texts(hostile: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(hostile, min_size=1, max_size=5)


@MANY
@given(data=st.data())
def test_markdown_shows_texts_of_a_store_as_they_are(
    filled: Any, texts: Any, data: st.DataObject
) -> None:
    with filled(data.draw(texts)) as store:
        boards = report.boards(store)
        report.write(store, plots=False)
        document = (store.folder / "leaderboard.md").read_text("utf-8")
    assert all(line.isprintable() for line in document.split("\n"))
    parsed = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(document)
    inner = [token for outer in parsed for token in outer.children or ()]
    assert {t.type.rpartition("_")[0] for t in parsed if t.type != "inline"} <= PLAIN
    assert {token.type for token in inner} <= {"text", "softbreak", "code_inline"}
    headings = [t.tag for t in parsed if t.type == "heading_open"]
    assert headings == ["h1", "h2", *["h2", *["h3"] * 5] * len(boards)]
    _, *tables = _tables(parsed)
    # A second table has more columns, a third compares searches at equal cost.
    for board, (_, *lines) in zip(boards, tables[::3], strict=True):
        assert [line[0].split()[-1] for line in lines] == [
            str(r.rank) for r in board.rows
        ]
        assert [line[-1] for line in lines] == [
            "–" if row.is_reference else "3" for row in board.rows
        ]
        for row, line in zip(board.rows, lines, strict=True):
            name = f"{visible(row.name)} ("
            assert terminal(line[1]).startswith(
                " ".join(terminal(name, 90).split())[:40]
            )


def _tables(parsed: Sequence[Any]) -> list[list[list[str]]]:
    """The texts of all tables by line and cell."""
    tables: list[list[list[str]]] = []
    for token, inside in pairwise(parsed):
        if token.type == "table_open":
            tables.append([])
        elif token.type == "tr_open":
            tables[-1].append([])
        elif token.type in ("th_open", "td_open"):
            tables[-1][-1].append("".join(t.content for t in inside.children or ()))
    return tables


@MANY
@given(data=st.data())
def test_csv_holds_no_formula_and_all_its_columns(
    filled: Any, texts: Any, data: st.DataObject
) -> None:
    with filled(data.draw(texts)) as store:
        report.write(store, plots=False)
        text = (store.folder / "leaderboard.csv").read_text("utf-8")
    assert all(line.isprintable() for line in text.split("\n"))
    header, *rows = csv.reader(io.StringIO(text))
    assert header == list(COLUMNS)
    assert len(rows) == 6
    for row in rows:
        assert len(row) == len(COLUMNS)
        assert not [
            cell
            for cell in row
            if cell[:1] in tuple("=+-@＝＋－＠") and not _number(cell)
        ]
        assert row[-1] == "" or json.loads(row[-1])["rate"] == 0.1


def _number(cell: str) -> bool:
    return re.fullmatch(r"[-+]?[\d._]+(e[-+]?\d+)?", cell) is not None


@MANY
@given(data=st.data())
def test_json_holds_texts_unchanged(
    filled: Any, texts: Any, data: st.DataObject
) -> None:
    with filled(data.draw(texts)) as store:
        boards = report.as_json(report.boards(store))
        studies = report.studies(store)
    text = json_text([boards, studies])
    assert text.isascii()
    assert text.isprintable()
    assert json.loads(text) == json.loads(json.dumps([boards, studies]))


@MANY
@given(data=st.data(), colours=st.booleans(), width=st.sampled_from([80, 100, 240]))
def test_no_text_of_a_store_acts_on_a_terminal(
    filled: Any, texts: Any, data: st.DataObject, colours: bool, width: int
) -> None:
    out = io.StringIO()
    console = SafeConsole(file=out, width=width, force_terminal=colours)
    with filled(data.draw(texts)) as store, pytest.MonkeyPatch.context() as patch:
        boards = report.boards(store)
        for board in boards:
            console.print(report.table(board))
            for line in report.comparisons(board):
                console.print(line)
        for across in report.overall(boards):
            console.print(report.overall_table(across))
        patch.setattr("sys.stdout", out)
        show(report.studies(store), False)
        show(report.study_times(store), False)
    text = COLOUR.sub("", out.getvalue())
    assert all(line.isprintable() for line in text.split("\n"))
    assert "Seeds" not in text
    assert text.count("0.9100 ± 0.0248") == 4


@settings(MANY, max_examples=5)
@given(data=st.data())
def test_page_of_boards_shows_texts_and_no_elements_of_theirs(
    filled: Any, texts: Any, data: st.DataObject
) -> None:
    drawn = data.draw(texts)
    with filled(drawn) as store:
        hostile = board_page(report.boards(store), {}, {}).html
    with filled(["three", "harmless", "texts"]) as store:
        harmless = board_page(report.boards(store), {}, {}).html
    assert all(line.isprintable() for line in hostile.split("\n"))
    assert _elements(hostile) <= _elements(harmless)
    assert hostile.count("<script") == 1


def _elements(page: str) -> set[tuple[str, str]]:
    """The elements of a page, each with the names of its attributes."""
    found: set[tuple[str, str]] = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: Any) -> None:
            found.update((tag, name) for name, _ in [("", ""), *attrs])

        def handle_comment(self, data: str) -> None:
            found.add(("comment", data))

    Reader().feed(page)
    return found


def test_plots_draw_any_text_without_a_warning(filled: Any) -> None:
    odd = "$\\no$ \x1b[1m\udc80\u202e\n[red]中"
    with filled([odd]) as store:
        plots = [*board_plots(store, report.boards(store)[0])[:5], _heat_map(odd)]
    assert len({type(plot) for plot in plots}) == 6
    for plot in plots:
        assert png(plot, "digest").startswith(b"\x89PNG")


def _heat_map(text: str) -> HeatMap:
    values = (text, f"{text}!")
    return HeatMap(
        name="heat.png",
        title=text,
        rows=(text, values),
        columns=("x" * 65_000, values),
        means=np.eye(2),
        deviations=np.eye(2),
    )
