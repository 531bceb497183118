"""The page of all boards, as a browser without script reads it."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from bench.records import Budget, Role, StudyState
from bench.report import Remark, Severity, board_texts, boards, with_repeats
from bench.report.page.board import board_page
from bench.report.statistics import Difference
from bench.store import Store

NAME = "<script>alert('a & b')</script>\x1b[31m"
SHOWN = "<script>alert('a & b')</script>\\x1b[31m"


@dataclass
class Cell:
    """A cell of a table: its attributes and its text."""

    attributes: dict[str, str | None]
    text: str = ""


@dataclass
class Parsed(HTMLParser):
    """The elements and texts of a page, and the rows of its tables."""

    page: str
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self.feed(self.page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append(Cell(dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "script":
            self.scripts.append(data)
        elif self._open and self._open[-1] != "style":
            self.texts.append(data.strip())
            if self._open[-1] != "tr" and "tr" in self._open:
                self.rows[-1][-1].text += data

    def row(self, name: str) -> dict[str, Cell]:
        """The cells of a board's row by the keys of their columns."""
        heads = [
            cell for row in self.rows for cell in row if "data-key" in cell.attributes
        ]
        [found] = [r for r in self.rows if len(r) > 1 and r[1].text.strip() == name]
        keys = [str(cell.attributes["data-key"]) for cell in heads[: len(found)]]
        return dict(zip(keys, found, strict=True))


def page_of(store: Store) -> str:
    return board_page(boards(store), {}, {}).html


def default(filler: Any, study: Any, accuracy: float) -> None:
    for seed in range(2):
        filler.final(study, seed, accuracy, role=Role.DEFAULT)


@pytest.fixture
def page(filler: Any, task: Any) -> Parsed:
    study = filler.complete("vgg")
    default(filler, study, 0.95)
    filler.complete("vgg", (0.9, 0.95, 0.93), tuner="random")
    filler.complete("lenet", (0.7,), seeds=1)
    filler.references()
    unfinished = filler.study(
        "dense", state=StudyState.UNFINISHED, budget=Budget(trials=5, seconds=90)
    )
    filler.trial(unfinished, 0, 0.8)
    filler.complete("mlp", task=task("folder:/data/photos", test_fingerprint="other"))
    return Parsed(page_of(filler.store))


def test_row_holds_score_interval_and_costs_as_numbers_and_texts(page: Parsed) -> None:
    row = page.row("vgg (hyperband)")
    score = row["test_accuracy"]
    assert score.text.strip() == "0.9800 ± 0.0248"
    assert score.attributes["data-value"] == "0.98"
    assert float(str(score.attributes["data-low"])) == pytest.approx(0.9552, abs=1e-4)
    assert row["parameters"].text == "123,456"
    assert row["trials_failed"].attributes["data-value"] == "1"
    assert row["budget"].text == "20 trials × 50 epochs"


def test_default_configuration_follows_the_row_of_its_study(page: Parsed) -> None:
    names = [row[1].text.strip() for row in page.rows if len(row) > 9]
    place = names.index("vgg, default")
    assert names[place - 1] == "vgg (hyperband)"
    assert ("tr", {"class": "child"}) in page.tags


def test_ensemble_follows_the_row_of_its_study_and_has_no_rank(filler: Any) -> None:
    filler.complete("vgg")
    filler.complete("lenet")
    [board] = boards(filler.store)
    gain = Difference(
        mean=-0.01,
        low=-0.02,
        high=0.0,
        p_value=0.1,
        covers_seeds=False,
        standard_error=0.01,
    )
    averaged = replace(
        next(row for row in board.rows if row.family == "lenet"),
        ensemble="3 seeds averaged",
        rank=None,
        gain=gain,
        better_than=("vgg",),
    )
    page = Parsed(board_page([replace(board, ensembles=(averaged,))], {}, {}).html)
    names = [row[1].text.strip() for row in page.rows if len(row) > 9]
    assert names[names.index("lenet") + 1] == "lenet, 3 seeds averaged"
    row = page.row("lenet, 3 seeds averaged")
    assert row["rank"].text == "–"
    assert row["against_first"].text == "−0.0100 on its study"
    assert any("0.0100 behind the single models" in text for text in page.texts)


def test_what_is_not_known_says_so(page: Parsed) -> None:
    reference = page.row("logistic_regression reference")
    assert reference["latency_ms_1"].text == "unknown"
    assert "data-value" not in reference["latency_ms_1"].attributes
    assert reference["tuner"].text == "–"
    assert page.row("vgg, default")["search_core_seconds"].text == "–"
    assert "Energy was not measured." in page.texts


def test_unfinished_study_is_listed_with_its_command(page: Parsed) -> None:
    assert "python -m bench search dense --trials 5 --time 1m30s" in page.texts
    assert "dense (unfinished): 1 finished and 0 failed trials, 0 of 3 seeds." in (
        page.texts
    )


def test_page_is_whole_and_loads_nothing(page: Parsed) -> None:
    addresses = [
        value
        for _, attributes in page.tags
        for name, value in attributes.items()
        if name in ("src", "href", "srcset", "action")
    ]
    assert {str(a)[:1] for a in addresses} <= {"#", "d"}  # parts of the page, data:
    assert "url(" not in page.page
    assert not re.search(r"https?://(?!www\.w3\.org/)", page.page)


def test_page_allows_its_own_script_only(page: Parsed) -> None:
    [script] = page.scripts
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    [policy] = [str(a["content"]) for _, a in page.tags if "Content-Security" in str(a)]
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert len(script) < 30_000


def test_headings_describe_landmarks_and_regions(page: Parsed) -> None:
    ids = {a["id"] for _, a in page.tags if "id" in a}
    named = [str(a["aria-labelledby"]) for _, a in page.tags if "aria-labelledby" in a]
    assert set(named) <= ids
    assert {"main", "header", "footer", "nav"} <= {tag for tag, _ in page.tags}
    regions = [a for tag, a in page.tags if a.get("class") == "scroll"]
    assert regions
    assert all(a.get("aria-label") and a.get("tabindex") == "0" for a in regions)
    drawings = [a for tag, a in page.tags if tag == "svg" and a.get("role") == "img"]
    titles = sum(tag == "title" for tag, _ in page.tags)
    assert len(drawings) < titles


def test_texts_of_a_store_stay_texts(filler: Any, task: Any) -> None:
    of_task = task(f"folder:/a/{NAME}", class_names=(NAME,) * 10)
    study = filler.complete(f"theirs.py:{NAME}", task=of_task, tuner=NAME)
    filler.trial(study, 9, 0.99, hyperparameters={NAME: NAME})
    failed = filler.study(NAME, task=of_task, state=StudyState.FAILED, message=NAME)
    filler.trial(failed, 0, None)
    page = Parsed(page_of(filler.store))
    assert len(page.scripts) == 1
    assert "\x1b" not in page.page
    assert any(SHOWN in text for text in page.texts)


def test_twenty_rows_weigh_less_than_400_kilobytes(filler: Any) -> None:
    for number in range(20):
        accuracies = [0.9 + number / 1000 + seed / 500 for seed in range(3)]
        study = filler.complete(f"theirs.py:Family{number}", accuracies)
        default(filler, study, 0.9)
    assert len(page_of(filler.store).encode()) < 400_000


def test_front_of_costs_holds_the_rows_that_nothing_beats(filler: Any) -> None:
    for name, accuracy, parameters in (
        ("small", 0.90, 100),
        ("wasteful", 0.85, 5_000),
        ("large", 0.95, 10_000),
    ):
        study = filler.study(f"theirs.py:{name}")
        filler.trial(study, 0, accuracy)
        for seed in range(2):
            score = accuracy + seed / 100
            filler.final(study, seed, score, parameters=parameters)
    page = Parsed(page_of(filler.store))
    assert "Best at their cost, from the cheapest on: small, large." in page.texts


def test_bars_span_the_models_and_point_to_what_lies_beyond(filler: Any) -> None:
    for number in range(3):
        scores = [0.95 + number / 100, 0.951 + number / 100]
        filler.complete(f"theirs.py:Family{number}", scores)
    filler.references()
    page = page_of(filler.store)
    *bars, prior = re.findall(r'class="interval".*?</svg>', page)
    assert len(bars) == 4  # three models, and the reference that is as good
    assert all("<rect" in bar for bar in bars)
    assert "<polygon" in prior


def test_search_steps_are_those_of_its_best_trials(filler: Any) -> None:
    filler.complete("vgg")
    filler.complete("lenet")
    page = Parsed(page_of(filler.store))
    steps = [a["data-steps"] for tag, a in page.tags if "data-steps" in a]
    assert steps == ["[[10.0, 0.9], [30.0, 0.95]]"] * 2
    assert page.row("vgg")["best_so_far"].text == "0.9500"


def test_scores_across_data_sets_run_from_the_worst_to_the_best(
    filler: Any, task: Any
) -> None:
    for place, dataset in enumerate(("digits", "mnist")):
        of_task = task(dataset)
        filler.complete("vgg", (0.9 + place / 100,), task=of_task, seeds=1)
        filler.complete("lenet", (0.8, 0.82), task=of_task)
    page = Parsed(page_of(filler.store))
    shares = {
        row[0].text: [c.attributes.get("style") for c in row[-2:]]
        for row in page.rows
        if "style" in row[-1].attributes
    }
    assert shares == {
        "vgg, hyperband": ["--share: 1.00"] * 2,
        "lenet, hyperband": ["--share: 0.00"] * 2,
    }
    assert "#across-classification" in [a.get("href") for _, a in page.tags]


def test_repeated_studies_have_a_board_before_those_of_their_repeats(
    filler: Any, task: Any
) -> None:
    for seed in range(2):
        names = {"fingerprint": f"all {seed}", "test_fingerprint": f"test {seed}"}
        of_task = task(**names, seed=seed)
        filler.complete("vgg", (0.9 + seed / 50,), task=of_task, seed=seed, seeds=1)
    shown = with_repeats(filler.store, boards(filler.store))
    page = Parsed(board_page(shown, {}, {}).html)
    assert [bool(board.repeats) for board in shown] == [True, False, False]
    assert any("A row stands for 2 studies" in text for text in page.texts)
    assert "vgg: 0.9000, 0.9200" in page.texts


def test_serious_findings_in_the_data_stand_above_the_board(
    filler: Any, task: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    filler.complete()
    found = [
        Remark(severity=severity, short="", text=f"{severity} & text")
        for severity in Severity
    ]
    monkeypatch.setattr(board_texts, "data_remarks", lambda _: found)
    page = Parsed(page_of(filler.store))
    assert "Serious: serious & text" in page.texts
    assert "Warning: warning & text" in page.texts
    assert not any("note & text" in text for text in page.texts)


def test_mixed_budgets_are_said(filler: Any) -> None:
    filler.complete("vgg")
    said = "Rows were searched with different budgets"
    assert said not in page_of(filler.store)
    filler.complete("lenet", budget=Budget(trials=5))
    assert said in page_of(filler.store)


def test_page_of_an_empty_store_says_how_to_begin(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        assert "python -m bench search vgg" in Parsed(page_of(store)).texts
