"""Plots: their data, their files, and when they are drawn."""

import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from bench.errors import StoreError
from bench.records import Samples, StudyState
from bench.report import boards, write
from bench.report.palette import styles
from bench.report.plots import board_plots
from bench.report.plots.style import png

HEAVY = "{'seaborn', 'matplotlib', 'pandas', 'scipy.stats', 'keras', 'tensorflow'}"


def drawn(store):
    write(store)
    return {path.name for path in (store.folder / "plots").iterdir()}


def times(store):
    folder = store.folder / "plots"
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def plot(store, kind):
    (board,) = boards(store)
    return next(p for p in board_plots(store, board) if p.name.endswith(f"{kind}.png"))


def is_png(plot):
    return png(plot, "digest").startswith(b"\x89PNG")


def modules_loaded(code, *arguments):
    program = f"import sys; {code}; print(sorted({HEAVY} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_study_and_its_board_get_all_their_plots(filler):
    study = filler.complete()
    filler.references()
    split = study.task.test_fingerprint[:8]
    stem = f"vgg-digits-{study.id[:8]}"
    assert drawn(filler.store) == {
        f"digits-{split}-images.png",
        f"digits-{split}-leaderboard.png",
        f"{stem}-search.png",
        f"{stem}-learning.png",
        f"{stem}-predictions.png",
    }
    for path in (filler.store.folder / "plots").iterdir():
        with Image.open(path) as image:
            image.load()
            assert min(image.size) >= 200


def test_all_paths_are_returned_and_all_plots_linked(filler):
    filler.complete()
    paths = write(filler.store)
    assert len(paths) == 3 + 5 + 2  # a badge, and the page of all boards, come last
    assert all(path.is_file() for path in paths)
    text = paths[0].read_text()
    assert all(f"(plots/{path.name})" in text for path in paths[3:-2])


def test_alternative_texts_say_what_plots_show(filler):
    filler.complete("vgg", (0.9,))
    filler.complete("lenet", (0.8,))
    path, *_ = write(filler.store)
    texts = re.findall(r"^!\[(.*)\]\(plots/", path.read_text(), re.MULTILINE)
    assert len(texts) == len(list((filler.store.folder / "plots").iterdir()))
    assert all("? " in text for text in texts)
    assert any("vgg 0.9000; lenet 0.8000" in text for text in texts)
    assert any("4 trials, 1 failed; the best has 0.95" in text for text in texts)


def test_family_has_one_style_in_all_plots_of_a_store(filler):
    filler.complete("vgg", (0.9,))
    filler.complete("lenet", (0.8,))
    known = styles(["lenet", "theirs.py:Net", "vgg"])
    scores, courses = plot(filler.store, "leaderboard"), plot(filler.store, "cost")
    assert {s.label: s.style for s in scores.scores} == {
        name: known[name] for name in ("vgg", "lenet")
    }
    assert {line.label: line.style for line in courses.lines} == {
        name: known[name] for name in ("vgg", "lenet")
    }


def test_any_names_become_safe_file_names(filler, task):
    names = tuple(f"$a|very$ long <name> of class {n} with 漢字" for n in range(10))
    photos = task("folder:/a/my photos", class_names=names, image_shape=(6, 5, 3))
    study = filler.complete("my models/net.py:Net", task=photos)
    assert f"Net-my-photos-{study.id[:8]}-search.png" in drawn(filler.store)


def test_names_of_plots_are_short_enough_for_any_file_system(filler, task):
    filler.complete(f"theirs.py:{'类' * 90}", task=task(f"folder:/data/{'猫' * 90}"))
    (board,) = boards(filler.store)
    names = [each.name for each in board_plots(filler.store, board)]
    assert len(names) == len(set(names)) == 5
    assert max(len(name.encode()) for name in names) <= 255


def test_only_plots_with_changed_data_are_drawn_again(filler):
    study = filler.complete("vgg", (0.9, 0.91))
    drawn(filler.store)
    before = times(filler.store)
    write(filler.store)
    assert times(filler.store) == before
    filler.final(study, 2, 0.95)
    write(filler.store)
    after = times(filler.store)
    changed = {name.rpartition("-")[2] for name in after if after[name] != before[name]}
    assert changed == {"leaderboard.png", "learning.png"}


def test_equal_stores_give_equal_files(filler):
    filler.trial(filler.study(), 0, 0.9)
    paths = write(filler.store)
    before = [path.read_bytes() for path in paths]
    for path in paths:
        path.unlink()
    assert [path.read_bytes() for path in write(filler.store)] == before


def test_plots_of_removed_studies_are_removed_but_other_files_stay(filler):
    kept, removed = filler.study("vgg"), filler.study("lenet")
    filler.trial(kept, 0, 0.9)
    filler.trial(removed, 0, 0.9)
    drawn(filler.store)
    foreign = filler.store.folder / "plots" / "lenet-digits-mine-search.png"
    Image.new("L", (4, 4)).save(foreign)
    filler.store.remove_study(removed.id)
    names = drawn(filler.store)
    assert foreign.name in names
    assert not any(removed.id[:8] in name for name in names)
    assert any(kept.id[:8] in name for name in names)


def test_study_gets_no_plots_during_its_first_trial(filler):
    study = filler.study(state=StudyState.UNFINISHED)
    filler.trial(study, 0, None, is_over=False)
    assert {name.rpartition("-")[2] for name in drawn(filler.store)} == {"images.png"}


def test_search_with_failed_trials_only_is_drawn(filler):
    study = filler.study(state=StudyState.FAILED)
    filler.trial(study, 0, None)
    assert f"vgg-digits-{study.id[:8]}-search.png" in drawn(filler.store)


def test_search_time_leaves_out_the_pause_before_a_continuation(filler):
    study = filler.study(state=StudyState.UNFINISHED)
    for number in (0, 1, 500):
        filler.trial(study, number, 0.5)
    points = plot(filler.store, "search").points
    assert [point.seconds for point in points] == [10, 20, 30]


def test_promoted_trial_is_drawn_from_its_first_epoch_on(filler):
    study = filler.study(state=StudyState.UNFINISHED)
    filler.trial(study, 0, 0.8, epochs=3)
    filler.trial(study, 1, 0.9, epochs=9, first_epoch=4, parent=0)
    (curve,) = plot(filler.store, "learning").curves
    assert [epoch for epoch, _ in curve.points("loss")] == list(range(1, 10))


def test_predictions_are_those_of_the_first_seed_for_the_samples(filler, task):
    images = np.zeros((2, 8, 8, 1), np.uint8)
    samples = Samples(
        train_images=images,
        train_labels=np.array([0, 1]),
        test_images=images,
        test_labels=np.array([3, 4]),
        test_indices=np.array([100, 200]),
    )
    study = filler.study(task=task(), samples=samples)
    probabilities = np.full((216, 10), 0.05)
    probabilities[100, 3] = 0.75
    probabilities[200, 7] = 0.5
    filler.final(study, 0, 0.9, probabilities=probabilities)
    filler.final(study, 1, 0.99)
    shown = plot(filler.store, "predictions")
    assert (shown.predicted, shown.true) == (("3", "7"), ("3", "4"))
    assert shown.is_right == (True, False)
    assert shown.probabilities == (0.75, 0.5)


def test_images_show_as_many_classes_as_possible(filler, task):
    few = task(class_names=("cat", "dog", "owl"))
    filler.complete(task=few)
    labels = plot(filler.store, "images").labels
    assert labels == ("cat",) * 3 + ("dog",) * 3 + ("owl",) * 2


@pytest.mark.parametrize("accuracies", [(1.0, 1.0), (0.1, 0.9), (0.5,)])
def test_leaderboards_of_any_spread_are_drawn(filler, accuracies):
    filler.complete(accuracies=accuracies)
    filler.references()
    assert is_png(plot(filler.store, "leaderboard"))


@pytest.mark.parametrize("score", [float("inf"), float("nan")])
def test_score_that_is_not_finite_is_listed_but_not_drawn(filler, score):
    filler.complete("vgg", (score, 0.5))
    filler.complete("lenet")
    assert [s.label for s in plot(filler.store, "leaderboard").scores] == ["lenet"]
    assert len(boards(filler.store)[0].rows) == 2


def test_learning_plot_without_finite_values_is_drawn(filler):
    study = filler.study()
    filler.final(study, 0, float("nan"), metrics={"test_accuracy": 0.1})
    assert is_png(plot(filler.store, "learning"))


def test_without_plots_nothing_is_drawn_and_existing_plots_stay(filler):
    filler.complete()
    write(filler.store, plots=False)
    assert not (filler.store.folder / "plots").exists()
    names = drawn(filler.store)
    assert {path.name for path in write(filler.store, plots=False)} > names


def test_heavy_libraries_are_imported_only_to_draw_a_plot(filler):
    filler.complete()
    path = str(filler.store.folder)
    code = (
        "from pathlib import Path; from bench.report import *; "
        "from bench.store import Store; s = Store(Path(sys.argv[1])); "
        "write(s, plots={}); table(boards(s)[0])"
    )
    assert modules_loaded(code.format("False"), path) == "[]"
    write(filler.store)
    assert modules_loaded(code.format("True"), path) == "[]"


def test_file_in_place_of_the_plot_folder_is_a_store_error(filler):
    filler.complete()
    (filler.store.folder / "plots").write_text("")
    with pytest.raises(StoreError, match="must be writable"):
        write(filler.store)
