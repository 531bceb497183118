"""One process at a time writes to a results folder."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.errors import StoreError
from bench.store import Store, locked
from bench.store.lock import HOLDER, LOCK

MANY = """
import os, sys, time
from pathlib import Path
from bench.errors import StoreError
from bench.store import Store, locked

folder, count = Path(sys.argv[1]), int(sys.argv[2])
go, ready = os.pipe()
over, end = os.pipe()
answers, said = os.pipe()
for _ in range(count):
    if not os.fork():
        os.close(ready)
        os.read(go, 1)  # all start when the last end of the pipe is closed
        try:
            with locked(folder), Store(folder):
                os.write(said, b"wrote;")
                os.close(end)
                os.read(over, 1)
        except StoreError as error:
            text = str(error)
            os.write(said, b"refused;" if "in use by" in text else text.encode())
        os._exit(0)
os.close(ready)
os.close(said)
with open(answers) as file:
    text = ""
    while text.count(";") < count:
        text += file.read(1)
print(text)
os.close(end)
"""


def test_of_many_processes_at_the_same_instant_one_writes(
    tmp_path: Path, tried: Callable[..., None]
) -> None:
    count = 30
    ended = subprocess.run(
        [sys.executable, "-c", MANY, tmp_path / "results", str(count)],
        capture_output=True,
        text=True,
        check=True,
    )
    answers = ended.stdout.strip().split(";")[:-1]
    assert sorted(answers) == ["refused"] * (count - 1) + ["wrote"]
    with locked(tmp_path / "results"), Store(tmp_path / "results") as store:
        assert store.studies() == []
    tried(
        "searches of one results folder at the same instant",
        "one wrote, the others named it",
        "one writes, the others say who does",
        times=count,
    )


def test_refusal_says_who_holds_the_lock_and_since_when(tmp_path: Path) -> None:
    with locked(tmp_path):
        said = f"process {os.getpid()} on {platform.node()} since 20"
        with pytest.raises(StoreError, match=said), locked(tmp_path):
            pass
    assert not (tmp_path / HOLDER).exists()


def test_refusal_does_without_a_holder_that_has_not_said_who_it_is(
    tmp_path: Path,
) -> None:
    with locked(tmp_path):
        (tmp_path / HOLDER).write_text("{")
        with pytest.raises(StoreError, match="by another process"), locked(tmp_path):
            pass


def test_lock_of_a_process_that_has_ended_is_free(tmp_path: Path) -> None:
    holding = f"""
import os
from pathlib import Path
from bench.store import locked
with locked(Path({str(tmp_path)!r})):
    os._exit(9)
"""
    subprocess.run([sys.executable, "-c", holding], check=False)
    assert (tmp_path / HOLDER).exists()
    with locked(tmp_path):
        pass


def test_lock_that_cannot_be_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / LOCK).mkdir()
    with pytest.raises(StoreError, match="must be writable"), locked(tmp_path):
        pass
