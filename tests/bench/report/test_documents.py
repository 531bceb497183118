"""The Markdown, CSV, JSON and console forms of leaderboards, and printed commands."""

import csv
import io
import json
import re

import pytest
from rich.console import Console

from bench.errors import UsageError
from bench.records import Budget, StudySpec, StudyState
from bench.report import as_json, boards, search_command, studies, table, write

PROMISED_COLUMNS = {
    "rank",
    "dataset",
    "family",
    "tuner",
    "test_accuracy",
    "test_accuracy_low",
    "test_accuracy_high",
    "validation_accuracy",
    "test_log_loss",
    "parameters",
    "train_seconds",
    "latency_ms_1",
    "latency_ms_64",
    "trials_finished",
    "trials_failed",
    "search_core_seconds",
    "search_training_seconds",
    "seeds",
    "task",
    "psnr",
    "psnr_noisy",
    "ssim",
    "ssim_noisy",
    "compression",
    "image_bits",
    "code_bits",
    "validation_psnr",
    "fid",
    "fid_features",
    "kid",
    "kid_deviation",
    "fid_training",
}


@pytest.fixture
def full(filler, task):
    """Two boards: equal and odd names, references, an unfinished study."""
    filler.complete("vgg")
    filler.complete("vgg", (0.95, 0.951, 0.949), tuner="random")
    filler.complete("models/odd|file.py:Wide", (0.7,), seeds=1)
    study = filler.study(
        "lenet",
        state=StudyState.UNFINISHED,
        budget=Budget(trials=5, seconds=90),
        only=("filters",),
    )
    filler.trial(study, 0, 0.9)
    filler.references()
    filler.complete("dense", task=task("folder:/photos/a b", seed=3))
    return filler.store


def written(store, name):
    write(store, plots=False)
    return (store.folder / name).read_text()


def printed(store, width=100):
    console = Console(file=io.StringIO(), width=width)
    for board in boards(store):
        console.print(table(board))
    return console.file.getvalue()


def test_csv_holds_every_row_under_plain_names(full):
    rows = list(csv.DictReader(io.StringIO(written(full, "leaderboard.csv"))))
    assert set(rows[0]) >= PROMISED_COLUMNS
    assert [(row["dataset"], row["rank"]) for row in rows] == [
        *(("digits", str(n)) for n in range(1, 6)),
        ("a b", "1"),
    ]


def test_csv_keeps_numbers_in_full_and_leaves_unknown_cells_empty(full):
    rows = list(csv.DictReader(io.StringIO(written(full, "leaderboard.csv"))))
    ranked = boards(full)[0].rows
    assert float(rows[0]["test_accuracy_low"]) == ranked[0].low
    assert json.loads(rows[0]["hyperparameters"])["learning_rate"] == 1e-3 / 3
    single = next(row for row in rows if row["seeds"] == "1")
    assert single["test_accuracy_low"] == ""
    prior = next(row for row in rows if row["family"] == "prior")
    assert prior["trials_finished"] == prior["tuner"] == prior["hyperparameters"] == ""


def test_markdown_tables_are_aligned_and_well_formed(full):
    lines = written(full, "leaderboard.md").splitlines()
    tables = [line.replace(r"\|", "  ") for line in lines if line.startswith("|")]
    across, narrow, more = tables[:6], tables[6:13], tables[13:20]
    assert len(tables) == 6 + 7 + 7 + 6 + 3 + 3
    assert {line.count("|") for line in across} == {6}
    assert {line.count("|") for line in narrow} == {9}
    assert {line.count("|") for line in more} == {9}
    table_lines = [line for line in lines if line.startswith("|")]
    for table_of_board in (table_lines[:6], table_lines[6:13], table_lines[13:20]):
        assert len({len(line) for line in table_of_board}) == 1


def test_markdown_has_five_columns_beside_the_score_and_the_rest_below(filler):
    filler.complete("vgg")
    lines = written(filler.store, "leaderboard.md").splitlines()
    narrow, more = (
        [name.strip() for name in line.strip("|").split("|")]
        for line in lines
        if line.startswith("|") and "Rank" in line
    )
    assert narrow[:3] == ["Rank", "Family", "Test accuracy"]
    assert len(narrow) == 3 + 5
    assert more[:2] == narrow[:2]
    assert {"ms/image (1)", "Budget", "Tuner"} <= set(more)
    assert not set(more[2:]) & set(narrow)


def test_markdown_shows_means_with_intervals_and_explains_the_mark(full):
    text = written(full, "leaderboard.md")
    assert "| 0.9800 ± 0.0248 |" in text
    assert "| ≈ 2 | logistic_regression (reference) |" in " ".join(text.split())
    assert "≈ its 95% interval overlaps that of the first row" in text
    assert "logistic_regression (reference)" in text
    assert "trained on 5,000 of 60,000 images" in text
    assert "123,456" in text


def test_markdown_leaves_out_notes_that_do_not_apply(filler):
    filler.complete(accuracies=[0.9], seeds=1)
    text = written(filler.store, "leaderboard.md")
    assert "95%" not in text
    assert "≈" not in text
    assert "References" not in text
    assert "Unfinished" not in text


def test_markdown_tells_how_to_continue_an_unfinished_study(full):
    text = written(full, "leaderboard.md")
    assert "lenet (unfinished): 1 finished and 0 failed trials, 0 of 3 seeds" in text
    assert "search lenet --only filters --trials 5 --time 1m30s`" in text


def test_markdown_says_why_a_study_failed(filler):
    study = filler.study(state=StudyState.FAILED, message="the first 5 trials failed")
    filler.trial(study, 0, None)
    assert "the first 5 trials failed" in written(filler.store, "leaderboard.md")


def test_markdown_lists_best_hyperparameters_of_every_study(full):
    text = written(full, "leaderboard.md")
    assert "- vgg (random), study `" in text
    assert text.count("filters=18, learning_rate=0.0003333") == 4


def test_markdown_says_if_studies_divide_the_images_differently(filler, task):
    filler.complete("vgg")
    filler.complete("lenet", task=task(fingerprint="f2", train=1000, validation=581))
    text = written(filler.store, "leaderboard.md")
    assert (
        "1,342 training and 239 validation or 1,000 training and 581 validation images"
    ) in text


def test_documents_of_an_empty_store_say_so(filler):
    assert "No study yet" in written(filler.store, "leaderboard.md")
    assert written(filler.store, "leaderboard.csv").count("\n") == 1


def test_console_table_fits_100_columns_without_cutting_a_number(full):
    text = printed(full)
    assert max(map(len, text.splitlines())) <= 100
    for number in ("0.9800 ± 0.0248", "0.9500", "123,456", "0.062", "3/1", "65"):
        assert number in text
    assert "…" not in text


@pytest.mark.parametrize("width", [80, 100, 120, 160, 240])
def test_console_table_shows_whole_numbers_at_any_width(full, width):
    text = printed(full, width)
    assert max(map(len, text.splitlines())) <= width
    rows = [line for line in text.splitlines() if line.split()[:1] in (["1"], ["2"])]
    assert rows
    shown = set(re.findall(r"[\d.,/]*\d", " ".join(rows)))
    assert shown <= set(re.findall(r"[\d.,/]*\d", printed(full, 1_000)))
    assert ("Left out" in text) == (width < 100)


def test_columns_that_are_named_are_shown_alone(full):
    console = Console(file=io.StringIO(), width=100)
    console.print(table(boards(full)[0], ["seeds", "family", "train_seconds"]))
    head = console.file.getvalue().partition("──")[0]
    assert head.split()[-4:] == ["Train", "seeds", "Family", "s"]
    with pytest.raises(UsageError, match="unknown column 'seds'"):
        table(boards(full)[0], ["seds"])


def test_interval_of_two_seeds_that_tells_nothing_is_called_so(filler):
    filler.complete(accuracies=(0.45, 0.90), seeds=2)
    text = " ".join(printed(filler.store).split())
    assert re.search(r"0\.6750 \(± 0\.\d+\)", text)
    assert "two seeds that differ this much say too little" in text
    filler.complete("lenet", accuracies=(0.97, 0.98), seeds=2)
    assert re.search(r"0\.9750 ± 0\.\d+", printed(filler.store))


@pytest.mark.parametrize("width", [40, 60, 72, 80])
def test_narrow_window_loses_whole_columns_and_says_so(full, width):
    text = printed(full, width)
    assert max(map(len, text.splitlines())) <= width
    assert "0.9800 ± 0.0248" in text
    assert "Left out in this narrow window:" in " ".join(text.split())
    tables = text.replace("latency_ms_64", "")  # the name of a column
    numbers = set(re.findall(r"[\d.,/]*\d", tables))
    assert numbers <= set(re.findall(r"[\d.,/]*\d", printed(full, 100)))


def test_console_table_explains_its_marks(filler):
    filler.complete("vgg")
    filler.complete("lenet")
    text = " ".join(printed(filler.store).split())
    assert "≈ its 95% interval overlaps that of the first row." in text
    filler.complete("dense", (0.7,), seeds=1)
    text = " ".join(printed(filler.store).split())
    assert "or one of the two has a single seed and so no interval." in text


def test_console_table_labels_rows_of_one_family_differently(full):
    text = printed(full)
    assert "vgg (hyperband)" in text
    assert "vgg (random)" in text
    assert "Wide" in text


def test_labels_of_rows_with_equal_family_and_tuner_name_the_budget(filler):
    filler.complete(budget=Budget(trials=5))
    filler.complete(budget=Budget(trials=9))
    text = written(filler.store, "leaderboard.md")
    assert "- vgg (hyperband, 5 trials × 50 epochs), study" in text


def test_brackets_in_a_family_are_not_markup(filler):
    filler.complete("odd.py:a[bold]b")
    assert "a[bold]b" in printed(filler.store)


def test_json_holds_boards_rows_and_unfinished_studies(full):
    (digits, photos) = json.loads(json.dumps(as_json(boards(full)), allow_nan=False))
    assert set(digits["rows"][0]) >= PROMISED_COLUMNS
    assert digits["rows"][0]["hyperparameters"]["filters"] == 18
    assert digits["unfinished"][0]["family"] == "lenet"
    assert digits["unfinished"][0]["command"].startswith("python -m bench search lenet")
    assert photos["dataset"] == "a b"


def test_studies_are_listed_oldest_first_with_their_state(full):
    listed = json.loads(json.dumps(studies(full), allow_nan=False))
    assert [study["family"] for study in listed] == [
        "vgg",
        "vgg",
        "models/odd|file.py:Wide",
        "lenet",
        "dense",
    ]
    assert (listed[0]["state"], listed[3]["state"]) == ("finished", "unfinished")


def test_command_names_every_option_that_differs_from_its_default():
    spec = StudySpec(
        family="my file.py:Net",
        dataset="mnist",
        tuner="grid",
        budget=Budget(trials=3, epochs=4, patience=1, seconds=7200),
        seeds=2,
        seed=9,
        only=("filters", "depth"),
        fixed=(("dropout", 0.5),),
        validation_fraction=0.2,
        test_fraction=0.3,
        image_size=(32, 48),
        backend="jax",
    )
    assert search_command(spec) == (
        "python -m bench search 'my file.py:Net' --dataset mnist --image-size 32x48 "
        "--validation-fraction 0.2 --test-fraction 0.3 --tuner grid --seeds 2 --seed 9 "
        "--only filters,depth --fix dropout=0.5 --backend jax "
        "--trials 3 --epochs 4 --patience 1 --time 2h"
    )


def test_command_names_options_of_families():
    spec = StudySpec(
        family="autoencoder", options={"noise_mean": 0.2, "noise_variance": 0.3}
    )
    assert search_command(spec) == (
        "python -m bench search autoencoder --noise-mean 0.2"
    )


def test_command_leaves_out_defaults():
    assert search_command(StudySpec(family="vgg")) == "python -m bench search vgg"
