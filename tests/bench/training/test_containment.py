"""What a model's code does to its process does not reach the next training."""

from __future__ import annotations

import builtins
import gc
import logging
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow

from bench.datasets import Task

CHANGES = {
    "the working directory": "import os; os.chdir('/')",
    "environment variables": "import os; os.environ['HOME'] = '/'",
    "removed variable": "import os; del os.environ['PATH']",
    "the umask": "import os; os.umask(0o777)",
    "signal handlers": "import signal; signal.signal(signal.SIGINT, print)",
    "the alarm clock": "import signal; signal.alarm(3600)",
    "the standard streams": "import sys; sys.stdout = None",
    "tracing of Python": "import sys; sys.setprofile(lambda *_: None)",
    "the recursion limit": "import sys; sys.setrecursionlimit(5000)",
    "Python's builtins": "import builtins; builtins.print = len",
    "NumPy's handling of errors": "np.seterr(all='raise')",
    "garbage collection": "import gc; gc.disable()",
    "modules": "import sys; sys.modules['keras_tuner'] = None",
    "Keras' floatx": "keras.config.set_floatx('float64')",
    "Keras' image_data_format": "keras.config.set_image_data_format('channels_first')",
    "Keras' epsilon": "keras.config.set_epsilon(1e-3)",
    "Keras' dtype policy": "keras.config.set_dtype_policy('mixed_float16')",
    "TensorFlow's eager functions": (
        "import tensorflow; tensorflow.config.run_functions_eagerly(True)"
    ),
    "": "import warnings, logging, sys; warnings.simplefilter('ignore'); "
    "logging.disable(); sys.path.clear()",
}


def settings() -> dict[str, Any]:
    """Everything that ``CHANGES`` changes, read without the toolkit."""
    return {
        "cwd": os.getcwd(),
        "environment": dict(os.environ),
        "umask": os.umask(os.umask(0)),
        "handler": signal.getsignal(signal.SIGINT),
        "alarm": signal.getitimer(signal.ITIMER_REAL),
        "streams": (sys.stdin, sys.stdout, sys.stderr),
        "profile": sys.getprofile(),
        "recursion": sys.getrecursionlimit(),
        "print": builtins.print,
        "errors": np.geterr(),
        "collection": gc.isenabled(),
        "module": sys.modules["keras_tuner"],
        "floatx": keras.config.floatx(),
        "format": keras.config.image_data_format(),
        "epsilon": keras.config.epsilon(),
        "policy": keras.config.dtype_policy(),
        "eager": tensorflow.config.functions_run_eagerly(),
        "filters": list(warnings.filters),
        "logging": logging.root.manager.disable,
        # Families' files may import their neighbours for as long as they like.
        "path": [entry for entry in sys.path if "pytest-" not in entry],
    }


@pytest.fixture
def train(
    make_runner: Callable,
    stripes: Task,
    make_request: Callable,
    write_family: Callable,
    collector: type,
) -> Callable:
    """Train trials of a family whose build runs some code where its values say so."""

    def train(code: str, *fails: bool) -> Any:
        body = f"""
        def build(hp):
            if hp.Boolean("misbehaves"):
                {code}
            return compiled()
        """
        runner = make_runner(write_family(body), stripes)
        return runner, [
            runner(
                make_request(hyperparameters={"misbehaves": misbehaves}), collector()
            )
            for misbehaves in fails
        ]

    return train


@pytest.mark.parametrize("name", CHANGES)
def test_change_of_the_process_is_undone_and_recorded(
    train: Callable, name: str
) -> None:
    before = settings()
    runner, [result] = train(CHANGES[name], True)
    assert settings() == before
    assert not runner.is_spoilt
    if name in ("", "removed variable"):
        return
    [note] = result.notes
    assert note == f"its code changed {name}; this was undone"


def test_trials_that_change_nothing_have_no_notes(train: Callable) -> None:
    runner, results = train("pass", True, False)
    assert [result.notes for result in results] == [(), ()]
    assert not runner.is_spoilt


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import sys; sys.exit(3)", "SystemExit(3)"),
        ("raise SystemExit('enough')", "SystemExit('enough')"),
        ("exit()", "SystemExit(None)"),
        ("raise RecursionError", "RecursionError"),
        ("raise MemoryError", "MemoryError"),
        ("raise ValueError('x' * 65_000)", "ValueError: xxx"),
        (
            "raise type('Odd', (Exception,), {'__str__': lambda self: 1 / 0})()",
            "Odd: its message can't be read",
        ),
    ],
)
def test_exit_of_a_build_is_a_failed_trial_and_leaves_the_next_alone(
    train: Callable, code: str, said: str
) -> None:
    _, [failed, after] = train(code, True, False)
    _, [alone] = train("pass", False)
    assert said in failed.error
    assert len(failed.error) < 1_100
    assert len(failed.traceback) <= 20_000
    assert (after.error, after.metrics) == (None, alone.metrics)


def test_settings_that_a_file_makes_hold_for_its_models_only(
    make_runner: Callable,
    stripes: Task,
    make_request: Callable,
    write_family: Callable,
    collector: type,
    tmp_path: Path,
) -> None:
    body = """
    import os
    folders = []
    os.chdir(os.path.dirname(__file__))

    def build(hp):
        folders.append(os.getcwd())
        return compiled()
    """
    before = os.getcwd()
    runner = make_runner(write_family(body), stripes)
    assert os.getcwd() == before
    result = runner(make_request(), collector())
    function = runner.trainer.source.hypermodel._function
    assert function.__globals__["folders"] == [str(tmp_path)]
    assert os.getcwd() == before
    assert not result.notes


def test_mixed_precision_of_a_trial_does_not_reach_the_next(
    make_runner: Callable,
    stripes: Task,
    make_request: Callable,
    write_family: Callable,
    collector: type,
) -> None:
    body = """
    def build(hp):
        if hp.Boolean("half"):
            keras.mixed_precision.set_global_policy("mixed_float16")
        policies.append(keras.layers.Dense(1).dtype_policy.name)
        return compiled()

    policies = []
    """
    runner = make_runner(write_family(body), stripes)
    for half in (True, False):
        runner(make_request(hyperparameters={"half": half}, epochs=1), collector())
    function = runner.trainer.source.hypermodel._function
    assert function.__globals__["policies"] == ["mixed_float16", "float32"]


def test_policy_that_a_file_sets_holds_for_all_its_models(
    make_runner: Callable,
    stripes: Task,
    make_request: Callable,
    write_family: Callable,
    collector: type,
) -> None:
    body = """
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    policies = []

    def build(hp):
        policies.append(keras.layers.Dense(1).dtype_policy.name)
        return compiled()
    """
    runner = make_runner(write_family(body), stripes)
    make_runner(write_family("def build(hp): return compiled()", file="b.py"), stripes)
    assert runner(make_request(epochs=1), collector()).error is None
    function = runner.trainer.source.hypermodel._function
    assert function.__globals__["policies"] == ["mixed_bfloat16"]


@pytest.fixture
def left() -> Iterator[list[Any]]:
    """Collects what code of a model has left running, and ends it."""
    left: list[Any] = []
    builtins.left = left  # type: ignore[attr-defined]
    yield left
    del builtins.left  # type: ignore[attr-defined]
    for each in left:
        if isinstance(each, subprocess.Popen):
            each.kill()
            each.wait()
        else:
            each.set()


def test_thread_left_running_is_noted_and_spoils_the_process(
    train: Callable, left: list[threading.Event]
) -> None:
    code = (
        "import threading; left.append(threading.Event()); "
        "threading.Thread(target=left[-1].wait).start()"
    )
    runner, [result] = train(code, True)
    assert result.error is None
    assert result.notes == ("its code left threads running (1)",)
    assert runner.is_spoilt


def test_process_left_running_is_noted(
    train: Callable, left: list[subprocess.Popen]
) -> None:
    code = "import subprocess; left.append(subprocess.Popen(['sleep', '600']))"
    _, [result] = train(code, True)
    assert result.notes == ("its code left processes running (1)",)
    # Only a worker ends them: others may belong to the program that runs a study.
    assert left[0].poll() is None


def test_thread_and_process_that_end_are_not_noted(train: Callable) -> None:
    code = (
        "import threading, subprocess; subprocess.run(['true']); "
        "threading.Thread(target=int).start()"
    )
    runner, [result] = train(code, True)
    assert not result.notes
    assert not runner.is_spoilt
