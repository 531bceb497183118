"""A small task, a user's family that trains in no time, and recorded progress."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import strategies as st

from bench import datasets
from bench.datasets import Task
from bench.records import FinalRecord, TrialRecord
from bench.study.progress import Progress
from bench.study.progress.lines import final_name

FAMILY = """
import keras
import keras_tuner


def build(hp):
    units = hp.Int("units", 4, 12)
    optimizer = hp.Choice("optimizer", ["sgd", "adam"])
    with hp.conditional_scope("optimizer", ["sgd"]):
        if optimizer == "sgd":
            hp.Float("momentum", 0.0, 0.9)
    {line}
    model = keras.Sequential(
        [
            keras.layers.Input((6, 6, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(
        optimizer,
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        run_eagerly=True,
    )
    return model
"""


@pytest.fixture(scope="session")
def small_task(dataset: str) -> Task:
    return datasets.load(
        datasets.DataSetRequest(
            dataset=dataset,
            validation_fraction=0.2,
            test_fraction=0.2,
        )
    )


class SmallDisk:
    """A file system of its own that is soon full.

    Attributes:
        folder: Where it is mounted.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, *, but: int) -> None:
        """Leave only some bytes free."""
        self.empty()
        free = shutil.disk_usage(self.folder).free
        with (self.folder / "ballast").open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, free - but))

    def empty(self) -> None:
        """Make room again."""
        (self.folder / "ballast").unlink(missing_ok=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk of 4 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a small file system can't be mounted here: {error}")
    yield SmallDisk(folder)
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def write_family(tmp_path: Path) -> Callable[[str], str]:
    """Writes a user's family, with one more line in its ``build``."""

    def write_family(line: str = "") -> str:
        path = tmp_path / "theirs.py"
        path.write_text(FAMILY.format(line=line or "pass"))
        return f"{path}:build"

    return write_family


class RecordedProgress(Progress):
    """Keeps the events of a study as texts, and interrupts the study if asked to.

    Args:
        interrupt: Event at which Ctrl-C is pressed, such as ``trial 2 ended``.

    Attributes:
        events: In the order in which they happened.
        said: Remarks about the study.
        data: What was said of its images.
    """

    def __init__(self, interrupt: str | None = None) -> None:
        self.events: list[str] = []
        self.said: list[str] = []
        self.data: list[str] = []
        self._interrupt = interrupt

    def remarks(self, text: str) -> None:
        self.said.append(text)

    def describes_data(self, line: str) -> None:
        self.data.append(line)

    def already_finished(self, study: object) -> None:
        self._add("already finished")

    def trial_started(self, trial: TrialRecord) -> None:
        self._add(f"trial {trial.number} started")

    def trial_ended(self, trial: TrialRecord) -> None:
        self._add(f"trial {trial.number} ended")

    def epoch_ended(self, key: int, epoch: object) -> None:
        last = next(e for e in reversed(self.events) if "epoch" not in e)
        count = sum(e.startswith(f"{last}, epoch") for e in self.events)
        self._add(f"{last}, epoch {count + 1}")

    def finals_started(self, best: TrialRecord, left: int, default_left: int) -> None:
        self._add(f"{left + default_left} finals started")

    def members_started(self, count: int) -> None:
        self._add("members started")

    def final_ended(self, key: int, final: FinalRecord) -> None:
        self._add(f"{final_name(final.role, final.number)} ended")

    def count(self, start: str, end: str) -> int:
        """Number of events that start and end with the given texts."""
        return sum(e.startswith(start) and e.endswith(end) for e in self.events)

    def _add(self, event: str) -> None:
        self.events.append(event)
        if event == self._interrupt:
            raise KeyboardInterrupt


@pytest.fixture(scope="session")
def make_progress() -> type[RecordedProgress]:
    """Makes a progress display that keeps events, and may interrupt the study."""
    return RecordedProgress


PIECES = [
    *("[red]", "[/]", "[link=file:///etc/passwd]x[/link]", ":smile:", "%s", "{{7*7}}"),
    *(
        "`",
        "``",
        "```",
        "|",
        "||",
        "\\",
        "\\|",
        "\\\\|",
        "\\`",
        "_",
        "_x_",
        "a_b",
        "__",
    ),
    *("<b>", "</td>", "<script>alert(1)</script>", "<!--", "-->", "&lt;", "&amp;lt;"),
    *("[a](http://b.c)", "![a](b.png)", "[a][b]", "[b]: ", "<http://a.b>", "{%raw%}"),
    *("http://a.b", "https://a.b", "www.a.b", "*x*", "**x**", "~~x~~", "$x$", "&#65;"),
    *(
        "#",
        "##",
        "#x",
        "-",
        "--",
        "---",
        "+",
        "*",
        "***",
        "1.",
        "2)",
        ">",
        "~~~",
        "===",
    ),
    *("=1+1", "+1", "-1", "-0.5", "@SUM(A1)", "=x|' /C calc'!A", "$\\frac{1}{2}$", "~"),
    *('"', '""', "'", ",", ";", "!", "中", "שלום", "é", "±", "≈", "…"),
]
UNSEEN = [
    *(
        "\x1b[31m",
        "\x1b]0;title\x07",
        "\x9b2J",
        "\x90",
        "\n",
        "\r",
        "\r\n",
        "\b\b",
        "\t",
    ),
    *("\x00", "\x7f", "\x85", "\xa0", "\xad", "\u202e", "\u200b", "\u2028", "\u2066"),
    *("\u3164", "\ufe0f", "\ufeff", "\U000e0041", "\udc80", "\ud83d", " ", "  "),
]


@pytest.fixture(scope="session")
def hostile_pieces() -> list[str]:
    """Escape sequences, markup of all kinds, and formulas."""
    return PIECES + UNSEEN


@pytest.fixture(scope="session")
def hostile() -> st.SearchStrategy[str]:
    """Escape sequences, markup of all kinds, formulas, and anything else, mixed."""
    pieces = st.sampled_from(PIECES + UNSEEN) | st.text(max_size=4)
    return st.lists(pieces, min_size=1, max_size=6).map("".join)
