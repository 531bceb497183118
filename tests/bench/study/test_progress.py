"""Progress displays: what they print while a study runs."""

import io
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bench.records import (
    Budget,
    EpochRecord,
    FinalRecord,
    Proposal,
    Role,
    StudyRecord,
    StudySpec,
    StudyState,
    TaskRecord,
    TrialRecord,
    TrialResult,
    TrialState,
)
from bench.study.progress import LiveProgress, PlainProgress, Progress, choose
from bench.study.time_budget import TimeBudget
from bench.text.activity import Activity, doing

STUDY = StudyRecord(
    id="study",
    spec=StudySpec(
        family="vgg", budget=Budget(trials=3, epochs=9, seconds=3725), seeds=2
    ),
    task=TaskRecord(
        dataset="digits",
        fingerprint="a",
        test_fingerprint="t",
        image_shape=(8, 8, 1),
        class_names=("0", "1"),
        train=1342,
        validation=239,
        test=216,
        seed=0,
    ),
    state=StudyState.UNFINISHED,
    created=0.0,
)


def trial(
    number: int, accuracy: float | None = None, *, parent: int | None = None
) -> TrialRecord:
    """A trial in flight, or one that reached an accuracy."""
    running = TrialRecord(
        number=number,
        proposal=Proposal(
            hyperparameters={}, epochs=3, parent=parent, rung=int(parent is not None)
        ),
        seed=0,
        state=TrialState.RUNNING,
        started=0.0,
    )
    if accuracy is None:
        return running
    metrics = {"validation_accuracy": accuracy, "validation_log_loss": 1.0}
    result = TrialResult(metrics=metrics, best_epoch=2, epochs=3, seconds=64.4)
    return replace(running, state=TrialState.FINISHED, result=result)


def failed(
    number: int, error: str = "ValueError: [red]no[/red] such [layer]"
) -> TrialRecord:
    result = TrialResult(error=error)
    return replace(trial(number), state=TrialState.FAILED, result=result)


def epoch(number: int, accuracy: float) -> EpochRecord:
    return EpochRecord(
        epoch=number, metrics={"validation_accuracy": accuracy}, seconds=1.0, ended=0.0
    )


def final(seed: int) -> FinalRecord:
    return FinalRecord(
        seed=seed,
        metrics={"test_accuracy": 0.9875},
        best_epoch=1,
        epochs=2,
        parameters=3,
        seconds=1.25,
        core_seconds=1.0,
        latency_ms_1=1.0,
        latency_ms_64=1.0,
        ended=0.0,
    )


def play(shown: Progress, time_budget: TimeBudget | None = None) -> None:
    """Show a study: good, failed and promoted trials, and two final trainings."""
    shown.study_started(STUDY, [], time_budget or TimeBudget(3725))
    for record in (trial(0, 0.91), failed(1), trial(2, 0.95, parent=0), trial(3, 0.94)):
        shown.trial_started(record)
        shown.epoch_ended(record.number, epoch(1, 0.5))
        shown.trial_ended(record)
    shown.finals_started(trial(2, 0.95), 2, 0)
    for seed in (0, 1):
        shown.final_started(seed, Role.FINAL, seed)
        shown.epoch_ended(seed, epoch(1, 0.75))
        shown.final_ended(seed, final(seed))
    shown.study_ended()


@pytest.fixture
def page() -> Console:
    return Console(file=io.StringIO(), width=60)


@pytest.fixture
def terminal() -> Console:
    return Console(file=io.StringIO(), width=100, force_terminal=True)


def text(console: Console) -> str:
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_plain_display_prints_a_line_for_each_event(page: Console) -> None:
    play(PlainProgress(page))
    assert text(page).splitlines() == [
        "vgg on digits by hyperband: 1,342 training, 239 validation, 216 test images; "
        "3 trials × 9 epochs, 3725s",
        "trial 0: validation accuracy 0.9100, 3 epochs, 1m04s · best so far",
        "trial 1 failed: ValueError: [red]no[/red] such [layer]",
        "trial 2 (promoted from 0): validation accuracy 0.9500, 3 epochs, 1m04s "
        "· best so far",
        "trial 3: validation accuracy 0.9400, 3 epochs, 1m04s",
        "training the best (trial 2) with 2 seeds",
        "seed 0: test accuracy 0.9875, 2 epochs, 1.2s",
        "seed 1: test accuracy 0.9875, 2 epochs, 1.2s",
    ]


def test_continued_study_remembers_its_best(page: Console) -> None:
    shown = PlainProgress(page)
    shown.study_started(STUDY, [trial(0, 0.97), failed(1)], TimeBudget(None))
    shown.trial_ended(trial(2, 0.96))
    assert "continuing after 2 finished trials" in text(page)
    assert "best so far" not in text(page)


def test_next_study_starts_without_the_last_ones_best(page: Console) -> None:
    shown = PlainProgress(page)
    play(shown)
    shown.study_started(STUDY, [], TimeBudget(None))
    shown.trial_ended(trial(0, 0.5))
    assert text(page).splitlines()[-1].endswith("best so far")


def test_finished_study_is_named_with_a_way_to_start_over(page: Console) -> None:
    PlainProgress(page).already_finished(STUDY)
    assert "vgg on digits by hyperband is finished" in text(page)
    assert "--fresh" in text(page)


def test_data_is_described_once_for_all_studies_on_it(page: Console) -> None:
    shown = PlainProgress(page)
    for line in ("data: one", "data: one", "data: two"):
        shown.describes_data(line)
    assert text(page).splitlines() == ["data: one", "data: two"]


@pytest.mark.parametrize("seconds", [None, 3725])
def test_live_display_shows_several_studies(
    terminal: Console, seconds: float | None
) -> None:
    shown = LiveProgress(terminal)
    for _ in range(2):  # one display shows several studies
        play(shown, TimeBudget(seconds))
    assert text(terminal).count("trial 1 failed") == 2
    assert text(terminal).count("seed 1: test accuracy 0.9875") == 2


def rendered(shown: LiveProgress) -> str:
    page = Console(file=io.StringIO(), width=100)
    page.print(shown)
    return text(page)


def test_live_display_shows_best_epoch_trials_and_time_left(terminal: Console) -> None:
    shown = LiveProgress(terminal)
    shown.study_started(STUDY, [trial(0, 0.91)], TimeBudget(3725, spent=3600))
    shown.trial_started(trial(1))
    shown.epoch_ended(1, epoch(2, 0.8125))
    view = rendered(shown)
    assert "trial 1: epoch 2 of 3, validation 0.8125" in view
    assert "best 0.9100" in view
    assert "2m05s left" in view
    assert "1/3" in view
    shown.trial_ended(trial(1, 0.93))
    shown.trial_started(trial(2, parent=1))
    view = rendered(shown)
    assert "trial 2, promoted from 1: epoch 0 of 3" in view
    assert "best 0.9300" in view
    assert "2/3" in view
    shown.trial_ended(trial(2, 0.94, parent=1))
    assert "2/3" in rendered(shown)  # configurations that started
    shown.finals_started(trial(2, 0.94), 1, 1)
    shown.final_started(0, Role.FINAL, 0)
    shown.final_started(1, Role.DEFAULT, 0)
    shown.epoch_ended(1, epoch(4, 0.5))
    shown.final_ended(0, final(0))
    view = rendered(shown)
    assert "final training, default, seed 0: epoch 4 of 9" in view
    assert "final training, seed 0" not in view
    assert "1/2" in view
    shown.study_ended()


def test_live_display_shows_what_keeps_a_training_from_its_epochs(
    terminal: Console,
) -> None:
    shown = LiveProgress(terminal)
    shown.study_started(STUDY, [], TimeBudget(None))
    shown.trial_started(trial(0))
    shown.works(0, Activity(what="features", done=500, total=2_000, seconds=30.0))
    assert "trial 0: features [#####" in rendered(shown)
    assert "500 of 2,000, 1m30s left" in rendered(shown)
    shown.works(0, None)
    assert "trial 0: epoch 0 of 3" in rendered(shown)
    with doing("scoring"):  # by this process, rather than by a worker
        assert "scoring ..." in rendered(shown)
    assert "scoring" not in rendered(shown)
    shown.study_ended()


def test_live_display_without_a_budget_shows_the_time_spent(terminal: Console) -> None:
    shown = LiveProgress(terminal)
    shown.study_started(STUDY, [], TimeBudget(None, spent=65))
    assert "1m05s spent" in rendered(shown)
    shown.study_ended()


def test_live_display_may_be_ended_though_the_next_study_never_started(
    terminal: Console,
) -> None:
    shown = LiveProgress(terminal)
    shown.study_ended()
    play(shown)
    shown.study_ended()


def test_display_suits_the_console(page: Console, terminal: Console) -> None:
    assert type(choose(page, quiet=False)) is PlainProgress
    assert type(choose(terminal, quiet=False)) is LiveProgress
    dumb = Console(file=io.StringIO(), force_terminal=True, _environ={"TERM": "dumb"})
    assert type(choose(dumb, quiet=False)) is PlainProgress
    quiet = choose(terminal, quiet=True)
    play(quiet)
    quiet.already_finished(STUDY)
    assert text(terminal) == ""


def test_folds_are_shown_candidate_by_candidate() -> None:
    out = io.StringIO()
    shown = PlainProgress(Console(file=out, width=200))
    spec = replace(STUDY.spec, tuner="sklearn-grid", folds=2, only=("units",))
    shown.study_started(replace(STUDY, spec=spec), [], TimeBudget(None))
    scores = [(8, 0.9), (8, 0.8), (16, 0.7), (16, 0.9)]
    for number, (units, score) in enumerate(scores):
        record = trial(number, score)
        values = {"units": units, "optimizer": "adam"}
        proposal = replace(record.proposal, hyperparameters=values, fold=number % 2)
        shown.trial_ended(replace(record, proposal=proposal))
    shown.trial_ended(failed(4))
    title, *lines = out.getvalue().splitlines()
    assert "3 candidates × 2 folds × 9 epochs" in title
    first, second, third = lines
    assert first.startswith(
        "from trial 0, units=8: validation accuracy 0.8500 ± 0.0500"
    )
    assert first.endswith("best so far")
    assert second.startswith("from trial 2, units=16: validation accuracy 0.8000")
    assert not second.endswith("best so far")
    assert third.startswith("trial 4 failed")


def report_everything(shown: Progress, text: str) -> None:
    """Show a study whose names and errors are a text."""
    spec = replace(STUDY.spec, family=text, dataset=text, tuner=text, only=(text,))
    shown.prepares(text)
    shown.study_started(replace(STUDY, spec=spec), [], TimeBudget(None))
    shown.trial_started(failed(0, text))
    shown.trial_ended(failed(0, text))
    shown.finals_started(trial(0, 0.9), 1, 0)
    shown.final_started(0, Role.FINAL, 0)
    shown.final_failed(0, Role.FINAL, 0, text)
    shown.final_ended(1, replace(final(1), error=text))
    shown.study_ended()
    shown.already_finished(replace(STUDY, spec=spec))


@given(data=st.data())
def test_any_text_is_shown_on_the_line_of_its_event(
    hostile: st.SearchStrategy[str], data: st.DataObject
) -> None:
    out = io.StringIO()
    report_everything(PlainProgress(Console(file=out)), data.draw(hostile))
    lines = out.getvalue().split("\n")
    assert len(lines) == 7 + 1
    assert all(line.isprintable() for line in lines)


@given(data=st.data())
def test_only_the_live_display_itself_moves_the_cursor(
    hostile: st.SearchStrategy[str], data: st.DataObject
) -> None:
    out = io.StringIO()
    console = Console(file=out, width=100, force_terminal=True)
    report_everything(LiveProgress(console), data.draw(hostile))
    text = re.sub(r"\x1b\[(?:[0-9;]*m|\?25[hl]|1A|2K)", "", out.getvalue())
    assert all(line.isprintable() for line in re.split(r"[\r\n]", text))


def test_long_error_is_cut_but_keeps_its_end(page: Console) -> None:
    error = f"ValueError: {'x' * 65_000}: give --fix"
    report_everything(PlainProgress(page), error)
    assert "characters left out" in text(page)
    assert text(page).count("give --fix\n") >= 3
    assert len(text(page)) < 8_000


def test_one_epoch_is_not_called_epochs(page: Console) -> None:
    shown = PlainProgress(page)
    shown.study_started(STUDY, [trial(0, 0.5)], TimeBudget(None))
    record = trial(1, 0.9)
    assert record.result is not None
    shown.trial_ended(replace(record, result=replace(record.result, epochs=1)))
    shown.final_ended(0, replace(final(0), epochs=1))
    assert text(page).count("1 epoch,") == 2
    assert "after 1 finished trial\n" in text(page)
