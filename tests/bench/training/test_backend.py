"""The choice of a Keras backend, before Keras is imported."""

from __future__ import annotations

import importlib.util
import os
import sys
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from bench.errors import UsageError
from bench.training import backend, devices


@pytest.fixture(autouse=True)
def no_backend_in_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KERAS_BACKEND", raising=False)


@pytest.fixture
def only_jax(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend that JAX is the only backend that is installed."""
    specs = {"jax": object()}
    monkeypatch.setattr(importlib.util, "find_spec", specs.get)


def test_tensorflow_is_the_default_backend() -> None:
    assert backend.choose(None) == "tensorflow"


@pytest.mark.usefixtures("only_jax")
def test_option_overrides_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert backend.choose(None) == "jax"
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert backend.choose("jax") == "jax"


@pytest.mark.usefixtures("only_jax")
@pytest.mark.parametrize("name", ["torch", "tensorflow"])
def test_missing_backend_is_refused_with_the_way_to_install_it(name: str) -> None:
    with pytest.raises(UsageError, match=f"'{name}' is not: pip install {name}"):
        backend.choose(name)


@pytest.mark.parametrize("source", ["option", "environment"])
def test_unknown_backend_is_refused_with_the_nearest_name(
    monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    if source == "environment":
        monkeypatch.setenv("KERAS_BACKEND", "tensorflwo")
    with pytest.raises(UsageError, match="did you mean 'tensorflow'"):
        backend.choose("tensorflwo" if source == "option" else None)


def test_second_backend_in_one_process_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", os.environ.get("KERAS_BACKEND", "tensorflow"))
    with pytest.raises(UsageError, match="'tensorflow', not 'jax'"):
        backend.start("jax")


def test_versions_name_keras_and_the_backend() -> None:
    versions = backend.versions("tensorflow")
    assert versions["keras"].startswith("3.")
    assert versions["tensorflow"][0].isdigit()
    assert backend.versions("torch")["torch"]


@pytest.fixture
def five_gpus(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Pretend that JAX and PyTorch have five GPUs; the GPU that each of them uses."""
    used: dict[str, Any] = {}
    gpus = [SimpleNamespace(platform="gpu", id=number) for number in range(5)]
    jax = SimpleNamespace(
        local_devices=lambda: gpus, config=SimpleNamespace(update=used.__setitem__)
    )
    cuda = SimpleNamespace(
        device_count=lambda: 5, set_device=partial(used.__setitem__, "cuda")
    )
    torch = SimpleNamespace(cuda=cuda, set_num_threads=lambda count: None)
    monkeypatch.setitem(sys.modules, "jax", jax)
    monkeypatch.setitem(sys.modules, "torch", torch)
    return used


@pytest.mark.usefixtures("five_gpus")
@pytest.mark.parametrize("name", ["jax", "torch"])
def test_each_gpu_has_a_worker(name: str) -> None:
    assert backend.default_workers(name) == 5


def test_workers_of_jax_take_turns_on_gpus(five_gpus: dict[str, Any]) -> None:
    backend.settle("jax", 6)
    assert five_gpus["jax_default_device"].id == 1


def test_workers_of_torch_take_turns_on_gpus(five_gpus: dict[str, Any]) -> None:
    backend.settle("torch", 6)
    assert five_gpus["cuda"] == 1


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, "--xla_gpu_deterministic_ops=true"),
        ("--xla_dump_to=x", "--xla_dump_to=x --xla_gpu_deterministic_ops=true"),
        ("--xla_gpu_deterministic_ops=false", "--xla_gpu_deterministic_ops=false"),
    ],
)
def test_operations_on_a_gpu_are_deterministic_unless_the_user_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, given: str | None, expected: str
) -> None:
    monkeypatch.setenv("XLA_FLAGS", given or "")
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    backend.load("tensorflow")
    assert os.environ["XLA_FLAGS"] == expected


@pytest.mark.usefixtures("five_gpus")
def test_workers_have_devices_of_their_own_for_each_model() -> None:
    assert devices.of_worker(0, 2) == ("gpu:0", "gpu:1")
    assert devices.of_worker(1, 2) == ("gpu:2", "gpu:3")
    assert devices.of_worker(1, 1) == ()


@pytest.mark.usefixtures("five_gpus")
def test_more_devices_than_there_are_are_refused() -> None:
    devices.check_count(5, None)
    with pytest.raises(UsageError, match="6 are asked for, and jax has 5"):
        devices.check_count(6, None)


@pytest.mark.usefixtures("five_gpus")
def test_more_workers_than_groups_of_devices_are_refused() -> None:
    devices.check_count(2, 2)
    with pytest.raises(UsageError, match=r"3 workers with 2 devices each.*--workers 2"):
        devices.check_count(2, 3)
    devices.check_count(1, 9)


def test_devices_are_refused_on_a_backend_that_has_one() -> None:
    devices.check_backend("tensorflow", 1)
    with pytest.raises(UsageError, match="not on tensorflow: add --backend jax"):
        devices.check_backend("tensorflow", 2)


def test_seeds_at_once_are_refused_on_a_backend_without_such_a_program() -> None:
    devices.check_seeds("tensorflow", 1)
    devices.check_seeds("jax", 8)
    with pytest.raises(UsageError, match="not on tensorflow; it is 8: add --backend"):
        devices.check_seeds("tensorflow", 8)
