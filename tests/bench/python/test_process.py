"""What a search does to the process that it is called in."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bench
from bench.python.asking import asked
from bench.python.borrowed import settings_kept
from bench.records import SearchRequest
from bench.training import backend

pytestmark = pytest.mark.usefixtures("keras_started")


def test_settings_and_random_numbers_are_as_before() -> None:
    import keras
    import tensorflow as tf

    from bench.training.private_api import tensorflow_config

    config = tensorflow_config()
    was_deterministic = config.is_op_determinism_enabled()
    config.disable_op_determinism()
    options = tf.config.optimizer.get_experimental_options()
    random.seed(0)
    np.random.seed(0)
    expected = random.Random(0).random(), np.random.RandomState(0).random()
    try:
        with settings_kept():
            backend.start("tensorflow")
            keras.config.set_floatx("float64")
            keras.utils.set_random_seed(1)
            assert config.is_op_determinism_enabled()
        assert not config.is_op_determinism_enabled()
        assert keras.config.floatx() == "float32"
        assert (random.random(), np.random.random()) == expected
        assert tf.config.optimizer.get_experimental_options().items() >= options.items()
        list(tf.data.Dataset.range(3).shuffle(3))  # refused by determinism
    finally:
        if was_deterministic:
            config.enable_op_determinism()


def test_search_follows_the_backend_that_keras_runs_on_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    [spec] = asked("vgg", "digits", None, {}).specs
    assert spec.backend == "tensorflow"
    [line] = capsys.readouterr().err.splitlines()
    assert "Keras already runs on 'tensorflow'" in line


@pytest.mark.parametrize("workers", [0, 1])
def test_another_backend_than_the_one_that_runs_is_refused(
    workers: int, tmp_path: Path
) -> None:
    with pytest.raises(bench.BenchError, match="one process has one backend"):
        bench.search("vgg", backend="jax", workers=workers, results=tmp_path)
    assert os.environ["KERAS_BACKEND"] == "tensorflow"


class Session:
    """Carries nothing out, and keeps the request."""

    def __init__(self) -> None:
        self.request: SearchRequest | None = None

    def search(self, request: SearchRequest, *_: Any, **__: Any) -> list[str]:
        self.request = request
        return ["0" * 16] * len(request.specs)


@pytest.mark.parametrize(
    ("family", "options", "kind"),
    [
        ("vgg", {}, bench.Study),
        (["vgg"], {}, bench.Studies),
        (["vgg", "lenet"], {}, bench.Studies),
        ("vgg", {"variants": "loss"}, bench.Studies),
        ("vgg", {"repeats": 2}, bench.Studies),
    ],
)
def test_one_family_gives_a_study_and_several_give_studies(
    family: Any,
    options: dict,
    kind: type,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from bench.store import Store

    Store(tmp_path).close()
    session = Session()
    monkeypatch.setattr("bench.study.start.start_with_workers", lambda *_: session)
    found = bench.search(family, results=tmp_path, **options)
    assert isinstance(found, kind)
    assert session.request is not None
    assert len(session.request.specs) == (2 if family == ["vgg", "lenet"] else 1)
