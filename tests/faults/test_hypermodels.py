"""Hypermodels that misbehave cost their own trials, and change no other.

One search tries many of them: its only hyperparameter says how a build misbehaves, and
between two that do is one that does not. The same search of a family that only behaves
says which scores these must have.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bench.datasets import Task
from bench.errors import FamilyError
from bench.executors import memory
from bench.records import Budget, Resources, StudySpec, TrialRecord
from bench.store import Store
from bench.study.progress import Progress
from bench.training import backend


class Case(NamedTuple):
    """A build that misbehaves.

    Attributes:
        code: What it does.
        error: Part of the error of its trial; empty if the trial works all the same.
        note: Part of what is noted of its trial.
        written: Part of what is kept of its output.
        scores: Whether its trial must have the score of a build that behaves.
    """

    code: str
    error: str = ""
    note: str = ""
    written: str = ""
    scores: bool = True


CASES = {
    "exit": Case("print('bye'); sys.exit(3)", error="SystemExit(3)", written="bye"),
    "end of its process": Case(
        "os.write(2, b'bye'); os._exit(3)", error="exit code 3", written="bye"
    ),
    "output without end": Case(
        "for _ in range(100): print('x' * 100_000)\nraise ValueError('enough')",
        error="enough",
        written="xxx",
    ),
    "settings": Case(
        "os.chdir('/'); os.environ['HOME'] = '/'; os.umask(0o777)\n"
        "keras.config.set_dtype_policy('float64')\n"
        "tensorflow.config.run_functions_eagerly(True)",
        note="the working directory, environment variables, the umask, Keras' dtype "
        "policy, TensorFlow's eager functions; this was undone",
        scores=False,
    ),
    "thread left running": Case(
        "threading.Thread(target=time.sleep, args=(600,)).start()",
        note="threads running (1); its worker was replaced",
    ),
    "process left running": Case(
        "note(subprocess.Popen(['sleep', '600']).pid)",
        note="processes running (1), which were ended",
    ),
}

SLOW_CASES = {
    "interrupt": Case("raise KeyboardInterrupt", error="KeyboardInterrupt()"),
    "other exit": Case("raise type('Odd', (BaseException,), {})", error="Odd()"),
    "question to the user": Case("input('Go on? ')", error="EOFError"),
    "seeds": Case(
        "random.seed(0); np.random.seed(0); keras.utils.set_random_seed(0)",
        scores=False,
    ),
    "signal": Case("os.kill(os.getpid(), signal.SIGTERM)", error="SIGTERM"),
    "broken memory": Case("ctypes.string_at(0)", error="SIGSEGV"),
    "build without end": Case("while True: pass", error="took longer than 15 s"),
    "output until it is ended": Case(
        "while True: print('x' * 100_000)",
        error="took longer than 15 s",
        written="xxx",
    ),
    "memory without end": Case(
        "taken = []\nwhile True: taken.append(b'x' * 10**7); time.sleep(0.01)",
        error="GiB of memory; all workers together may take 1.0 GiB",
    ),
    "recursion without end": Case("def call(): call()\ncall()", error="RecursionError"),
    "message of a megabyte": Case("raise ValueError('x' * 10**6)", error="xxx ..."),
    "alarm clock": Case("signal.alarm(1)", note="the alarm clock"),
    "closed output": Case("os.close(1); os.close(2)"),
    "no output": Case("sys.stdout = sys.stderr = None", note="the standard streams"),
    "code for the end": Case("atexit.register(lambda: note(0))"),
    "modules": Case("sys.modules['numpy'] = None", note="modules"),
    "builtins": Case("builtins.len = None", error="TypeError", note="builtins"),
    "handler of a signal": Case(
        "signal.signal(signal.SIGCHLD, lambda *_: os._exit(1))", note="signal handlers"
    ),
    "fork": Case("os.fork() or time.sleep(600)", note="processes running (1)"),
}

FAMILY = """
import atexit, builtins, ctypes, os, pathlib, random, signal, subprocess, sys
import threading, time
import keras
import numpy as np
import tensorflow

FOLDER = pathlib.Path(__file__).parent

def note(pid):
    with (FOLDER / "pids").open("a") as file:
        file.write(f"{{pid}}\\n")

def misbehave(kind):
    pass
{branches}

def build(hp):
    kind = hp.Choice("kind", {kinds})
    if {misbehaves}:
        misbehave(kind)
    model = keras.Sequential([
        keras.Input((8, 8, 1)),
        keras.layers.Flatten(),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(3, activation="softmax"),
    ])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
"""


@pytest.fixture(scope="module", autouse=True)
def tensorflow_started() -> None:
    backend.start("tensorflow")
    backend.default_workers("tensorflow")  # looks for devices, and logs what it finds


class Notes(Progress):
    """Keeps what a study says beside its trials."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def remarks(self, text: str) -> None:
        self.said.append(text)


class Searched(NamedTuple):
    trials: list[TrialRecord]
    said: list[str]
    finals: int


def search(
    cases: dict[str, Case], task: Task, folder: Path, *, misbehaves: bool
) -> Searched:
    """Search all kinds of builds in turn, each bad one after a good one."""
    from bench.study.prepare import prepare
    from bench.study.run import run

    folder.mkdir()
    kinds = [kind for name in cases for kind in (f"good before {name}", name)]
    branches = "".join(
        f"    if kind == {name!r}:\n{textwrap.indent(case.code, ' ' * 8)}\n"
        for name, case in cases.items()
    )
    family = folder / "theirs.py"
    family.write_text(
        FAMILY.format(
            branches=branches, kinds=[*kinds, "good at last"], misbehaves=misbehaves
        )
    )
    spec = StudySpec(
        family=f"{family}:build",
        tuner="grid",
        budget=Budget(trials=len(kinds) + 1, epochs=2),
        seeds=1,
        skip_default=True,
    )
    resources = Resources(workers=1, trial_timeout=15)
    notes = Notes()
    with Store(folder / "results") as store:
        run(prepare(spec, task, resources), store, notes, resources=resources)
        [record] = store.studies()
        return Searched(
            store.trials(record.id), notes.said, len(store.finals(record.id))
        )


@pytest.mark.slow
@pytest.mark.parametrize("cases", [CASES, SLOW_CASES])
def test_hypermodels_that_misbehave_cost_their_own_trials_alone(
    cases: dict[str, Case],
    stripes: Task,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    record_property: Callable[[str, Any], None],
) -> None:
    monkeypatch.setattr(memory, "limit", lambda: 2**30)
    before = os.getcwd(), dict(os.environ)
    bad = search(cases, stripes, tmp_path / "bad", misbehaves=True)
    good = search(cases, stripes, tmp_path / "good", misbehaves=False)
    assert len(bad.trials) == len(good.trials) == 2 * len(cases) + 1
    for trial, undisturbed in zip(bad.trials, good.trials, strict=True):
        kind = str(trial.proposal.hyperparameters["kind"])
        result = trial.result
        assert result is not None
        assert undisturbed.result is not None
        case = cases.get(kind, Case("pass"))
        if case.error:
            assert case.error in (result.error or ""), kind
            assert case.written in result.traceback, kind
            assert len(result.traceback) < 31_000
        else:
            assert result.error is None, (kind, result.traceback)
            if case.scores:
                assert result.metrics == undisturbed.result.metrics, kind
        assert case.note in " ".join(result.notes), kind
        assert bool(case.note) == bool(result.notes), (kind, result.notes)
        for note in result.notes:
            assert any(note in said for said in bad.said)
        if kind in cases:
            promised = "its trial fails or is noted; no other trial changes"
            record_property("reliability", [f"hypermodel: {kind}", promised, "so", 1])
    assert bad.finals == good.finals == 1
    assert (os.getcwd(), dict(os.environ)) == before
    assert capfd.readouterr() == ("", "")
    assert not _running(tmp_path / "bad" / "pids")


AT_FIRST = {
    "exit at import": ("sys.exit(3)", "pass", "SystemExit(3)"),
    "end of the process at import": ("os._exit(3)", "pass", "exit code 3"),
    "import without end": ("while True: pass", "pass", "took longer than 10 s"),
    "exit of the first build": ("pass", "sys.exit(3)", "SystemExit(3)"),
    "end of the process of the first build": ("pass", "os._exit(3)", "exit code 3"),
    "first build without end": (
        "pass",
        "while True: print('x' * 10_000)",
        "took longer than 10 s",
    ),
    "space without end": (
        "import itertools; count = itertools.count()",
        "n = next(count); hp.Choice(f'c{n}', [0, 1])\n"
        "    with hp.conditional_scope(f'c{n}', [1]): hp.Boolean(f'd{n}')",
        "took longer than 10 s",
    ),
}


@pytest.mark.parametrize(
    "name",
    [
        name if "process" in name else pytest.param(name, marks=pytest.mark.slow)
        for name in AT_FIRST
    ],
)
def test_family_that_misbehaves_when_it_is_first_seen_is_refused(
    name: str,
    stripes: Task,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    record_property: Callable[[str, Any], None],
) -> None:
    from bench.study.prepare import prepare

    at_import, in_build, said = AT_FIRST[name]
    family = tmp_path / "theirs.py"
    family.write_text(f"import os, sys\n{at_import}\ndef build(hp):\n    {in_build}\n")
    spec = StudySpec(family=f"{family}:build")
    with pytest.raises(FamilyError) as refused:
        prepare(spec, stripes, Resources(workers=1, trial_timeout=10))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert capfd.readouterr() == ("", "")
    promised = "one line, exit code 2"
    record_property("reliability", [f"hypermodel: {name}", promised, "so", 1])


def _running(pids: Path) -> list[int]:
    """Processes that were noted and still run."""
    import psutil

    noted = map(int, pids.read_text().split()) if pids.exists() else []
    return [pid for pid in noted if pid and psutil.pid_exists(pid)]
