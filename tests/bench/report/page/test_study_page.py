"""Pages of studies: what they say, and that texts from outside stay texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bench.records import (
    DENOISING,
    GENERATION,
    Duplicates,
    FinalRecord,
    Findings,
    LayerRecord,
    NetworkRecord,
    PixelSummary,
    Role,
    StudyRecord,
)
from bench.report import Board, boards
from bench.report.curves import trial_curve
from bench.report.page.images import Page
from bench.report.page.study import study_page
from bench.store import EXPLANATIONS, Store, network_file

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>\x1b[31m{{7*7}}'


class Parsed(HTMLParser):
    """Elements of a page.

    Attributes:
        elements: Name and attributes of each.
        text: All texts outside of scripts and styles.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._skipped = ""
        self.feed(html)
        self.text = " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.elements.append((tag, dict(attrs)))
        self._skipped = tag if tag in ("script", "style") else ""

    def handle_endtag(self, tag: str) -> None:
        self._skipped = ""

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.texts.append(data)

    def count(self, name: str) -> int:
        return sum(tag == name for tag, _ in self.elements)


def study_pages(
    store: Store, shown: Sequence[Board], *, link_images: bool = False
) -> list[Page]:
    """The pages of all studies of some boards."""
    return [
        study_page(store, board, results, link_images=link_images)
        for board in shown
        for results in board.results
    ]


def page(store: Store, *, link_images: bool = False) -> Parsed:
    """The page of the only study of a store."""
    (made,) = study_pages(store, boards(store), link_images=link_images)
    return Parsed(made.html)


def end_final(
    store: Store, study: StudyRecord, final: FinalRecord, **outputs: np.ndarray
) -> None:
    store.end_final(study.id, final, outputs)


def final(seed: int, **changes: Any) -> FinalRecord:
    values: dict[str, Any] = {
        "seed": seed,
        "metrics": {"test_accuracy": 0.9, "test_log_loss": 0.3},
        "best_epoch": 1,
        "epochs": 2,
        "parameters": 10,
        "seconds": 1.0,
        "core_seconds": 1.0,
        "latency_ms_1": 1.0,
        "latency_ms_64": 0.1,
        "ended": 0.0,
    }
    return FinalRecord(**values | changes)


def test_page_names_the_commands_that_make_the_study(filler: Any) -> None:
    study = filler.complete("vgg")
    shown = page(filler.store)
    assert "python -m bench search vgg" in shown.text
    assert f"python -m bench reproduce {study.id[:8]}" in shown.text


def test_every_study_has_a_page_named_after_it(filler: Any) -> None:
    studies = [filler.complete("vgg"), filler.complete("lenet")]
    made = study_pages(filler.store, boards(filler.store))
    assert sorted(each.name for each in made) == sorted(f"{s.id}.html" for s in studies)


def test_texts_that_try_to_act_stay_texts(
    filler: Any, task: Callable[..., Any]
) -> None:
    names = tuple(f"{HOSTILE}{n}" for n in range(10))
    study = filler.study(
        f"theirs.py:{HOSTILE}",
        task=task(class_names=names, dataset=f"folder:/data/{HOSTILE}"),
        message=HOSTILE,
        versions={HOSTILE: HOSTILE},
    )
    filler.trial(study, 0, 0.9, hyperparameters={HOSTILE: HOSTILE, "rate": 0.1})
    filler.trial(study, 1, 0.8, hyperparameters={HOSTILE: "other", "rate": 0.2})
    filler.trial(study, 2, None, hyperparameters={HOSTILE: HOSTILE})
    labels = np.arange(216) % 10
    end_final(
        filler.store,
        study,
        final(0, note=HOSTILE),
        probabilities=np.eye(10)[(labels + 1) % 10],
        labels=labels.astype(np.int32),
    )
    shown = page(filler.store)
    assert shown.count("script") == 1
    assert all(attributes.get("onerror") is None for _, attributes in shown.elements)
    assert all(attributes.get("src") != "x" for _, attributes in shown.elements)
    assert "\x1b" not in shown.text
    assert "{{7*7}}" in shown.text


def test_trials_on_parts_of_the_images_have_tables_of_their_own(filler: Any) -> None:
    study = filler.study("vgg")
    filler.trial(study, 0, 0.95, image_share=1 / 9, epochs=3)
    filler.trial(study, 1, 0.97, image_share=1 / 9, epochs=3)
    filler.trial(study, 2, 0.96, image_share=1 / 3, epochs=3, parent=0)
    filler.trial(study, 3, 0.98, parent=2)
    shown = page(filler.store).text
    assert "1 trial on all images, the best first" in shown
    assert "1 trial on 1/3 of the images, the best first" in shown
    assert "2 trials on 1/9 of the images, the best first" in shown
    with_curve = next(
        results
        for board in boards(filler.store)
        for results in board.results
        if results.study.id == study.id
    )
    assert with_curve.best.number == 3
    curve = trial_curve(filler.store, with_curve, with_curve.best)
    assert [epoch for epoch, _ in curve.epochs] == list(range(1, 21))


def test_every_chart_says_what_it_shows(filler: Any) -> None:
    filler.complete("vgg")
    (made,) = study_pages(filler.store, boards(filler.store))
    charts = re.findall(r'<svg class="chart".*?</desc>', made.html)
    assert len(charts) >= 6
    for chart in charts:
        assert re.search(r'role="img".*<title>[^<]+</title><desc>[^<]+</desc>', chart)


def test_figures_ask_the_question_that_they_answer(filler: Any) -> None:
    filler.complete("vgg")
    (made,) = study_pages(filler.store, boards(filler.store))
    captions = re.findall(r"<figcaption><strong>([^<]+)</strong>", made.html)
    assert captions
    assert all(caption.endswith("?") for caption in captions)


def test_confusion_counts_the_predictions_of_all_seeds(filler: Any) -> None:
    study = filler.study()
    filler.trial(study, 0, 0.9)
    labels = (np.arange(216) % 10).astype(np.int32)
    taken = np.where(labels == 3, 8, labels)
    for seed in (0, 1):
        end_final(
            filler.store,
            study,
            final(seed),
            probabilities=np.eye(10)[taken],
            labels=labels,
        )
    shown = page(filler.store)
    assert "3 is most often taken for 8, 44 times" in shown.text
    assert "8 (100% of errors)" in shown.text


def test_study_tested_before_labels_were_kept_says_what_is_unknown(
    filler: Any,
) -> None:
    filler.complete("vgg")
    text = page(filler.store).text
    assert "confusion matrix" in text
    assert "are not known of studies that were tested before" in text


def test_findings_of_the_data_are_shown_and_counted_by_class(
    filler: Any, task: Callable[..., Any]
) -> None:
    pixels = PixelSummary(
        low=0.0,
        high=255.0,
        mean=100.0,
        deviation=50.0,
        brightness_deviation=10.0,
        contrast=40.0,
        contrast_deviation=5.0,
    )
    splits = ("train", "validation", "test")
    counts = dict(zip(splits, ((80, 20), (8, 2), (8, 2)), strict=True))
    findings = Findings(
        exact=Duplicates(
            images=0, test=0, validation=0, relabelled=0, test_relabelled=0
        ),
        near=None,
        counts=counts,
        constant=dict.fromkeys(splits, 0),
        pixels=dict.fromkeys(splits, pixels),
    )
    named = task(class_names=("cat", "dog"), test=10, findings=findings)
    study = filler.study(task=named)
    filler.store.add_findings(named.fingerprint, findings, np.empty((0, 4), int))
    filler.trial(study, 0, 0.9)
    text = page(filler.store).text
    assert "cat 96 (80.0%)" in text
    assert "Warning: The largest class" in text


def test_data_that_was_not_examined_says_so(filler: Any) -> None:
    filler.complete("vgg")
    assert "The data was not examined" in page(filler.store).text


def test_failed_trials_are_listed_with_their_errors(filler: Any) -> None:
    filler.complete("vgg")
    assert "ResourceExhausted: oom" in page(filler.store).text


def test_best_values_stand_beside_the_default_ones(filler: Any) -> None:
    from bench.records import Origin

    study = filler.study()
    filler.trial(study, 0, 0.8, hyperparameters={"rate": 0.1}, origin=Origin.DEFAULT)
    filler.trial(study, 1, 0.9, hyperparameters={"rate": 0.25})
    assert "Best Default rate 0.25 0.1" in page(filler.store).text


def test_few_trials_say_nothing_of_importance(filler: Any) -> None:
    filler.complete("vgg")
    text = page(filler.store).text
    assert "too few to say how important each hyperparameter is" in text


def test_important_hyperparameter_comes_first(filler: Any) -> None:
    study = filler.study()
    random = np.random.default_rng(0)
    for number in range(40):
        rate, other = random.uniform(size=2)
        values = {"rate": rate, "other": other}
        filler.trial(study, number, 0.5 + 0.4 * rate, epochs=1, hyperparameters=values)
    text = page(filler.store).text
    assert "The most important one is rate." in text
    assert "How do rate and other go together?" in text


def test_trials_of_different_length_are_compared_after_the_same_epochs(
    filler: Any,
) -> None:
    study = filler.study(schedule="asha", tuner="random")
    random = np.random.default_rng(0)
    for number in range(30):
        rate = random.uniform()
        filler.trial(
            study,
            number,
            0.5 + 0.4 * rate,
            epochs=2 + number % 3,
            hyperparameters={"rate": rate},
        )
    assert "(after 2 epochs, which all trained)" in page(filler.store).text


def test_network_is_drawn_and_its_layers_are_listed(filler: Any) -> None:
    study = filler.complete("vgg")
    layers = (
        LayerRecord(
            name="conv",
            type="Conv2D",
            shape=(8, 8, 4),
            parameters=40,
            multiply_adds=2304,
        ),
        LayerRecord(
            name="dense", type="Dense", shape=(10,), parameters=2570, multiply_adds=None
        ),
    )
    path = network_file(filler.store.folder, study.id, Role.FINAL)
    path.parent.mkdir(parents=True)
    path.write_text(NetworkRecord(layers=layers).to_json())
    text = page(filler.store).text
    assert "2 layers, 2,610 parameters and an unknown number of multiply-adds" in text
    assert "conv Conv2D 8×8×4 40 2,304" in text


def test_damaged_record_of_a_network_costs_no_page(filler: Any) -> None:
    study = filler.complete("vgg")
    path = network_file(filler.store.folder, study.id, Role.FINAL)
    path.parent.mkdir(parents=True)
    path.write_text('{"layers": [1]}')
    assert "Its layers are not known" in page(filler.store).text


def test_explanations_are_shown_if_they_were_drawn(filler: Any) -> None:
    study = filler.complete("vgg")
    folder = filler.store.folder / EXPLANATIONS / f"vgg-digits-{study.id[:8]}"
    folder.mkdir(parents=True)
    Image.new("RGB", (40, 20), "red").save(folder / "mosaic-grad-cam.png")
    (folder / "mosaic-broken.png").write_bytes(b"no image")
    shown = page(filler.store)
    alternatives = [a.get("alt") for tag, a in shown.elements if tag == "img"]
    assert "Test images beside their maps by Grad-CAM" in alternatives
    assert not any("broken" in str(each) for each in alternatives)


def test_mistakes_are_shown_with_their_labels(filler: Any) -> None:
    study = filler.study()
    filler.trial(study, 0, 0.9)
    labels = (np.arange(216) % 10).astype(np.int32)
    probabilities = np.eye(10)[labels]
    probabilities[7] = np.eye(10)[2]
    end_final(
        filler.store,
        study,
        final(0),
        probabilities=probabilities,
        labels=labels,
        mistakes=np.array([7], np.int32),
        mistake_images=np.zeros((1, 8, 8, 1), np.uint8),
    )
    text = page(filler.store).text
    assert "The most confident mistakes" in text
    assert "2 (100%); it is 7" in text


def test_images_beyond_the_limit_are_left_out_and_counted(
    filler: Any, task: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.report.page.images.LIMIT", 1000)
    filler.complete("vgg")
    shown = page(filler.store)
    sources = [a["src"] or "" for tag, a in shown.elements if tag == "img"]
    assert sum(map(len, sources)) <= 1000
    assert "images would make this page too heavy" in shown.text


def test_denoised_images_stand_beside_their_originals(
    filler: Any, task: Callable[..., Any]
) -> None:
    study = filler.study(
        "autoencoder",
        task_type_name=DENOISING,
        options={"noise_mean": 0.1, "noise_variance": 0.3},
    )
    images = filler.store.samples(study.task.fingerprint).test_images
    end_final(
        filler.store,
        study,
        final(0, metrics={"test_psnr": 20.0, "test_psnr_noisy": 10.0}),
        noisy=images,
        denoised=images,
        image_psnr=np.linspace(15, 25, 216),
        image_psnr_noisy=np.linspace(5, 15, 216),
    )
    text = page(filler.store).text
    assert "PSNR of all 216 test images" in text
    assert "100.0% are better after than before" in text
    assert "dB denoised" in text


def test_generated_images_can_be_followed_over_the_epochs(
    filler: Any, task: Callable[..., Any]
) -> None:
    study = filler.study("dcgan", task_type_name=GENERATION)
    images = filler.store.samples(study.task.fingerprint).test_images
    end_final(
        filler.store,
        study,
        final(0, metrics={"test_fid": 5.0, "test_kid": 0.1}),
        samples=images,
        progress=np.stack([images, images, images]),
        neighbours=images[:8],
        neighbour_distances=np.ones((2, 8)),
    )
    text = page(filler.store).text
    assert "epoch 1 epoch 2 epoch 3" in text
    assert "Has it memorized training images?" in text


def test_study_without_a_finished_trial_has_a_page(filler: Any) -> None:
    filler.study()
    text = page(filler.store).text
    assert "No trial is over yet." in text
    assert "No trial has finished" in text


def test_linked_images_are_files_beside_the_page(filler: Any) -> None:
    filler.complete("vgg")
    (made,) = study_pages(filler.store, boards(filler.store), link_images=True)
    assert made.files
    assert "data:image/webp" not in made.html
    assert all(name in made.html for name in made.files)


@pytest.mark.slow
def test_thousand_trials_make_a_page_that_opens(filler: Any) -> None:
    study = filler.study()
    random = np.random.default_rng(0)
    for number in range(1000):
        values = {f"h{n}": float(v) for n, v in enumerate(random.uniform(size=8))}
        filler.trial(
            study, number, float(random.uniform()), epochs=3, hyperparameters=values
        )
    (made,) = study_pages(filler.store, boards(filler.store))
    assert len(made.html) < 1_500_000
    assert made.html.count("<polyline") < 400


def test_records_of_networks_are_read_as_they_were_written() -> None:
    layer = LayerRecord(
        name="a",
        type="Dense",
        shape=(None, 3),
        parameters=1,
        multiply_adds=2,
        inputs=("b",),
    )
    record = NetworkRecord(layers=(layer,))
    assert NetworkRecord.from_json(record.to_json()) == record
    assert asdict(record)["layers"][0]["name"] == "a"


def test_curves_of_the_metric_that_is_optimized_come_first() -> None:
    from bench.records import CLASSIFICATION, TASK_TYPES, classification_by
    from bench.report.curves import panels

    by_accuracy = panels(TASK_TYPES[CLASSIFICATION])
    assert [label for label, _ in by_accuracy] == ["Accuracy", "Loss"]
    balanced = panels(TASK_TYPES[classification_by("balanced_accuracy")])
    assert [label for label, _ in balanced] == ["Balanced accuracy", "Accuracy", "Loss"]
