"""Models written in every format answer as in Keras, or nothing is left behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from bench.errors import ExportError, UsageError, WriteError
from bench.models.export import FORMATS, Format
from bench.models.export.artifact import Quantization, export
from bench.models.export.evidence import MAX_LOSS
from bench.records import CLASSIFICATION, RANKING_METRICS, TASK_TYPES

KERAS = FORMATS["keras"]


def test_artifact_answers_as_the_model_at_any_batch_size(
    format_and_model: tuple[Format, keras.Model], inputs_of: Callable, tmp_path: Path
) -> None:
    format, model = format_and_model
    target = tmp_path / f"model{format.suffix}"
    artifact = export(model, format, target, inputs_of(model, 7))
    assert artifact.comparison.count == 7
    assert artifact.comparison.milliseconds > 0
    run = format.converter.load(target)
    for count in (1, 3):
        inputs = inputs_of(model, count, seed=1)
        expected = model.predict(inputs, verbose=0)
        np.testing.assert_allclose(run(inputs), expected, atol=1e-4, rtol=1e-4)
    files = [target] if target.is_file() else list(target.rglob("*"))
    assert artifact.bytes == sum(f.stat().st_size for f in files if f.is_file())
    assert list(tmp_path.iterdir()) == [target]


def test_quantized_artifact_says_what_it_costs(
    format: Format, classifier: keras.Model, inputs_of: Callable, tmp_path: Path
) -> None:
    target = tmp_path / f"model{format.suffix}"
    inputs = inputs_of(classifier)
    wanted = quantization(classifier, inputs)
    artifact = export(classifier, format, target, inputs, wanted)
    cost = artifact.cost
    assert cost is not None
    assert (cost.before, cost.test_images) == (1.0, len(inputs))
    assert 1 - wanted.max_loss <= cost.after <= 1
    dense = 4 * 4 * 8 * 3
    assert dense <= cost.weights["int8"] <= dense + 9 * 8
    assert 0.7 < cost.int8_share < 1
    assert 0 < artifact.comparison.largest_difference < 0.1
    assert list(tmp_path.iterdir()) == [target]
    kinds = {str(weight.dtype) for weight in classifier.weights}
    assert kinds == {"float32"}  # the model is as it was


def test_quantization_that_costs_too_much_leaves_nothing(
    classifier: keras.Model, inputs_of: Callable, tmp_path: Path
) -> None:
    inputs = inputs_of(classifier)
    scores = iter([1.0, 0.9])
    wanted = replace(
        quantization(classifier, inputs), score=lambda _: next(scores), max_loss=0.05
    )
    with pytest.raises(ExportError, match=r"falls from 1.0000 to 0.9000: leave"):
        export(classifier, KERAS, tmp_path / "model.keras", inputs, wanted)
    assert list(tmp_path.iterdir()) == []


def test_model_without_anything_to_quantize_is_refused(
    keras_started: None, inputs_of: Callable, tmp_path: Path
) -> None:
    images = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(3, 8, activation="softmax")(images)
    model = keras.Model(images, keras.layers.Flatten()(x))
    inputs = inputs_of(model)
    wanted = quantization(model, inputs)
    with pytest.raises(ExportError, match="dense layers only; this model has none"):
        export(model, KERAS, tmp_path / "model.keras", inputs, wanted)


@pytest.mark.parametrize("wrong", [0.1, np.nan])
def test_artifact_that_differs_is_not_left_behind(
    classifier: keras.Model, inputs_of: Callable, tmp_path: Path, wrong: float
) -> None:
    def load(path: Path) -> Callable[[np.ndarray], np.ndarray]:
        assert path.exists()
        return lambda images: classifier.predict_on_batch(images) + wrong

    format = fake(write=lambda model, path: model.save(path), load=load)
    with pytest.raises(ExportError, match=r"on 16 inputs; this one differs by"):
        export(classifier, format, tmp_path / "a.keras", inputs_of(classifier))
    assert list(tmp_path.iterdir()) == []


def test_error_of_a_converter_is_one_line_and_hides_what_it_printed(
    classifier: keras.Model,
    inputs_of: Callable,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def write(model: keras.Model, path: Path) -> None:
        path.write_text("half")
        print("converting ...")
        raise RuntimeError("no kernel for Frobnicate\nat line 7")

    target = tmp_path / "a.keras"
    with pytest.raises(ExportError, match=r"in fake \(RuntimeError: no kernel for Fro"):
        export(classifier, fake(write=write), target, inputs_of(classifier))
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_full_disk_is_said(
    classifier: keras.Model, inputs_of: Callable, small_disk: Any
) -> None:
    small_disk.fill(but=8192)
    target = small_disk.folder / "model.keras"
    with pytest.raises(WriteError, match="a disk must have room"):
        export(classifier, KERAS, target, inputs_of(classifier))
    assert not target.exists()


def test_model_that_answers_with_no_numbers_is_refused(
    classifier: keras.Model, inputs_of: Callable, tmp_path: Path
) -> None:
    classifier.set_weights([w * np.nan for w in classifier.get_weights()])
    with pytest.raises(ExportError, match="in Keras itself"):
        export(classifier, KERAS, tmp_path / "a.keras", inputs_of(classifier))


def test_target_that_exists_is_left_as_it_is(
    classifier: keras.Model, inputs_of: Callable, tmp_path: Path
) -> None:
    target = tmp_path / "model.keras"
    target.write_text("mine")
    with pytest.raises(UsageError, match="isn't there yet"):
        export(classifier, KERAS, target, inputs_of(classifier))
    assert target.read_text() == "mine"


def quantization(model: keras.Model, inputs: np.ndarray) -> Quantization:
    """Scores a runtime by how often it finds the model's own classes."""
    labels = model.predict(inputs, verbose=0).argmax(axis=1)
    return Quantization(
        calibration=inputs,
        metric=TASK_TYPES[CLASSIFICATION].ranked_by,
        test_images=len(inputs),
        score=lambda run: float(np.mean(run(inputs).argmax(axis=1) == labels)),
        max_loss=0.3,
    )


def fake(**functions: Any) -> Any:
    """A format whose converter is made of the given functions."""
    return SimpleNamespace(
        name="fake",
        suffix=".keras",
        is_folder=False,
        packages=(),
        converter=SimpleNamespace(**functions),
    )


def test_every_metric_that_ranks_has_a_largest_loss() -> None:
    assert {*RANKING_METRICS, "psnr"} <= MAX_LOSS.keys()
