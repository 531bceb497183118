"""The page of a running study."""

from __future__ import annotations

import json
import os
import platform
import re
from dataclasses import replace
from typing import Any

import pytest

from bench.records import Budget, EpochRecord, Role, StudyState
from bench.report import boards, live_page, page_now
from bench.report.page.live import can_end
from bench.store import RECORD, SCRATCH, early_end_file, model_folder

RUNNING = StudyState.UNFINISHED
BUDGET = Budget(trials=10, epochs=20)


def hold(filler: Any, process: int) -> None:
    holder = {"process": process, "host": platform.node(), "since": "now"}
    (filler.store.folder / "bench.lock.json").write_text(json.dumps(holder))


@pytest.fixture
def searching(filler: Any) -> Any:
    """A study with two trials that are over and one that trains, in this process."""
    study = filler.study("vgg", state=RUNNING, budget=BUDGET)
    filler.trial(study, 0, 0.7)
    filler.trial(study, 1, 0.8)
    filler.trial(study, 2, None, is_over=False)
    for number in (1, 2, 3):
        epoch = EpochRecord(
            epoch=number,
            metrics={"validation_accuracy": 0.5 + number / 10},
            seconds=1.0,
            ended=1.7e9 + number,
        )
        filler.store.add_epoch(study.id, Role.TRIAL, 2, epoch)
    hold(filler, os.getpid())
    return study


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("<main", 1)[1]))


def test_page_says_how_far_the_search_is(filler: Any, searching: Any) -> None:
    page = live_page(filler.store, "token")
    text = text_of(page)
    assert "Now Searching" in text
    assert "Configurations 2 of 10" in text
    assert "trial 2: 3 of 20 epochs" in text
    assert re.search(r"Best validation accuracy so far 0\.80+ \(trial 1\)", text)
    assert "Time left" not in text
    assert page.count('class="line second"') == 1


def test_time_left_is_said_where_there_is_a_budget(filler: Any) -> None:
    filler.study("vgg", state=RUNNING, budget=Budget(trials=10, seconds=3.5e8))
    hold(filler, os.getpid())
    text = text_of(live_page(filler.store, "token"))
    assert "Time left, final trainings included about" in text


def test_button_is_there_only_while_a_process_searches(
    filler: Any, searching: Any
) -> None:
    assert 'id="end"' in live_page(filler.store, "token")
    hold(filler, 2**22 + 1)  # beyond the greatest id of a process
    page = live_page(filler.store, "token")
    assert 'id="end"' not in page
    assert "Interrupted: the same command, given again, continues it" in page
    hold(filler, os.getpid())
    filler.store.set_study_state(searching.id, StudyState.FINISHED)
    assert not can_end(filler.store, filler.store.study(searching.id))


def test_button_goes_once_the_end_was_asked_for(filler: Any, searching: Any) -> None:
    file = early_end_file(filler.store.folder, searching.id)
    assert file.parent.parent == filler.store.folder / SCRATCH
    file.parent.mkdir(parents=True)
    file.touch()
    page = live_page(filler.store, "token")
    assert 'id="end"' not in page
    assert "was asked for" in page


def test_study_that_trains_finals_has_no_button(filler: Any, searching: Any) -> None:
    epoch = EpochRecord(epoch=1, metrics={}, seconds=1.0, ended=1.8e9)
    filler.store.add_epoch(searching.id, Role.FINAL, searching.spec.seed, epoch)
    text = text_of(live_page(filler.store, "token"))
    assert "The search is over; final trainings" in text
    assert not can_end(filler.store, searching)


def test_page_says_what_happens_before_the_first_final_epoch(
    filler: Any, searching: Any
) -> None:
    record = model_folder(filler.store.folder, searching.id) / RECORD
    record.parent.mkdir(parents=True)
    record.write_text("{}")
    assert "Now Searching" in text_of(live_page(filler.store, "token"))
    filler.trial(searching, 2, 0.75)
    page = live_page(filler.store, "token")
    text = text_of(page)
    assert "Searching" not in text
    assert "the first final training is prepared and trains its first epoch" in text
    assert 'value="0" max="3" aria-label="Seeds that were tested"' in page


def test_search_that_is_extended_searches_though_it_was_tested(
    filler: Any, searching: Any
) -> None:
    filler.final(searching, searching.spec.seed, 0.9)
    filler.store.change_study(replace(searching, tested=1))
    page = live_page(filler.store, "token")
    assert "Now Searching" in text_of(page)
    assert 'id="end"' in page


def test_curves_of_finals_grow(filler: Any, searching: Any) -> None:
    study, seed = searching.id, searching.spec.seed
    filler.final(searching, seed, 0.9)
    for number in (1, 2):
        epoch = EpochRecord(
            epoch=number,
            metrics={"accuracy": 0.5, "validation_accuracy": number / 10},
            seconds=1.0,
            ended=1.8e9,
        )
        filler.store.add_epoch(study, Role.FINAL, seed + 1, epoch)
    page = live_page(filler.store, "token")
    text = text_of(page)
    assert f"Seeds that train seed {seed + 1}: 2 of up to 20 epochs" in text
    assert "How did the accuracy change in the final trainings?" in text
    assert "Trainings go on." in text
    assert f"validation, seed {seed + 1}" in text


def test_empty_store_has_a_page_that_waits(filler: Any) -> None:
    assert "No study yet" in live_page(filler.store, "token")


def test_texts_of_users_stay_texts(filler: Any) -> None:
    study = filler.study("<script>alert(1)</script>", state=RUNNING)
    filler.trial(study, 0, 0.5, hyperparameters={"<b>": "<img src=x>"})
    page = live_page(filler.store, "token")
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;img src=x&gt;" in page


def test_pages_of_the_report_are_made_without_being_written(
    filler: Any, searching: Any
) -> None:
    (board,) = boards(filler.store)
    assert board.title in page_now(filler.store, "index.html")
    assert "vgg" in page_now(filler.store, f"{searching.id}.html")
    assert page_now(filler.store, "other.html") is None
    assert not (filler.store.folder / "report").exists()


def test_row_says_that_its_search_was_ended(filler: Any) -> None:
    study = filler.complete("vgg")
    filler.store.change_study(replace(study, is_ended_early=True))
    (board,) = boards(filler.store)
    (row,) = (row for row in board.rows if row.study == study.id)
    assert "the search was ended early by watch, after" in row.note
