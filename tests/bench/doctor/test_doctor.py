"""The doctor finds what is wrong and says what helps, without Keras."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from bench.cli import main
from bench.doctor import Finding, State, check_caches, check_environment
from bench.doctor import environment as environment_checks
from bench.store import FILE_NAME, Store


@pytest.fixture
def findings(tmp_path: Path) -> Callable[[], dict[str, Finding]]:
    """What is found in the environment, by the name of the check."""
    return lambda: {f.check: f for f in check_environment(tmp_path / "results")}


def test_environment_of_the_tests_is_well(findings: Callable) -> None:
    states = {f.check: f.state for f in findings().values()}
    assert states.pop("machine") in (State.OK, State.WARNING)
    assert set(states.values()) <= {State.OK, State.WARNING}
    assert states["packages"] is State.OK
    assert states["backend"] is State.OK


@pytest.mark.parametrize(
    ("package", "version", "part"),
    [
        ("keras", "3.99.0", "keras 3.99.0 (needed: <3.16,>=3.10)"),
        ("tensorflow", "2.10.0", "tensorflow 2.10.0"),
        ("scikit-learn", "2.0", "scikit-learn 2.0"),
    ],
)
def test_versions_known_not_to_work_together_are_named(
    findings: Callable,
    monkeypatch: pytest.MonkeyPatch,
    package: str,
    version: str,
    part: str,
) -> None:
    real = metadata.version
    monkeypatch.setattr(
        environment_checks.metadata,
        "version",
        lambda name: version if name == package else real(name),
    )
    finding = findings()["packages"]
    assert finding.state is State.FAILED
    assert part in finding.found
    assert "constraints.txt" in finding.way_out


@pytest.mark.parametrize(
    ("backend", "part"), [("thaeno", "unknown"), ("torch", "not installed")]
)
def test_missing_backend_is_named(
    findings: Callable, monkeypatch: pytest.MonkeyPatch, backend: str, part: str
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", backend)
    monkeypatch.setattr(environment_checks.util, "find_spec", lambda name: None)
    finding = findings()["backend"]
    assert (finding.state, finding.found) == (State.FAILED, f"{backend} is {part}")
    assert "--backend" in finding.way_out


def test_small_memory_and_disk_are_warned_of(
    findings: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment_checks, "MIN_MEMORY", 2**60)
    monkeypatch.setattr(environment_checks, "MIN_DISK", 2**60)
    found = findings()
    for check in ("machine", "disk of the results", "disk of temporary files"):
        assert found[check].state is State.WARNING
    assert found["machine"].way_out == "give --workers 0"


def test_precision_of_the_processor_is_said(
    findings: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment_checks, "computes_bfloat16", lambda: False)
    assert "is not known to multiply bfloat16" in findings()["precision"].found


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache with features of a frozen network, and a network for the FID."""
    features, fid = (tmp_path / "cache" / name for name in ("1234", "fid"))
    for folder in (features, fid):
        folder.mkdir(parents=True)
    np.save(features / "train.npy", np.zeros((600, 7), np.float16))
    (features / "train-0-0.done").touch()
    (features / "train-0-0.lock").touch()
    with zipfile.ZipFile(fid / "5678.keras", "w") as file:
        file.writestr("config.json", "{}" * 1000)
    (fid / "5678.json").write_text('{"name": "lenet"}')
    return tmp_path / "cache"


def test_whole_cache_is_well(cache: Path) -> None:
    (finding,) = check_caches(cache.parent)
    assert (finding.state, finding.found) == (State.OK, "5 files, 11 KiB")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[200] ^= 255
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "damage", "removed"),
    [
        ("1234/train.npy", cut, "1234"),
        ("1234/train.npy", Path.unlink, "1234"),
        ("fid/5678.keras", cut, "fid/5678.keras"),
        ("fid/5678.keras", flip, "fid/5678.keras"),
        ("fid/5678.json", cut, "fid/5678.json"),
    ],
)
def test_damaged_file_of_the_cache_is_to_be_removed(
    cache: Path, name: str, damage: Callable[[Path], None], removed: str
) -> None:
    damage(cache / name)
    (finding,) = check_caches(cache.parent)
    assert finding.state is State.FAILED
    assert finding.way_out == f"remove {cache / removed}; it is computed again"


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def doctor(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["doctor", *map(str, words)])
        return (int(str(ended.value.code)), *capsys.readouterr())

    return doctor


def test_doctor_prints_a_table_or_json(doctor: Callable, tmp_path: Path) -> None:
    code, out, _ = doctor("--results", tmp_path)
    assert code == 0
    assert "none yet" in out
    Store(tmp_path).close()
    code, out, _ = doctor("--results", tmp_path, "--json")
    rows = {row["check"]: row for row in json.loads(out)}
    assert (code, rows["store"]["state"]) == (0, "ok")
    assert rows["store, trials"]["found"] == "0 rows"


def test_doctor_says_what_else_lies_in_place_of_a_store(
    doctor: Callable, tmp_path: Path
) -> None:
    (tmp_path / FILE_NAME).write_text("these are my notes\n" * 100)
    code, out, _ = doctor("--results", tmp_path, "--json")
    (row,) = [row for row in json.loads(out) if row["check"] == "store"]
    assert (code, row["state"]) == (1, "failed")
    assert "must be a store of this toolkit" in row["found"]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--salvage"], "--to is missing"),
        (["--to", "saved"], "--salvage is missing"),
        (["--salvage", "--to", "saved"], "has none"),
        (["--salvage", "--to", "."], "has one"),
    ],
)
def test_salvage_that_cannot_be_is_refused(
    doctor: Callable,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    part: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    if part == "has one":
        Store(tmp_path).close()
    code, out, err = doctor("--results", ".", *words)
    assert (code, out) == (2, "")
    assert part in err
    assert not Path("saved").exists()


def test_salvage_prints_what_was_copied(doctor: Callable, tmp_path: Path) -> None:
    Store(tmp_path / "old").close()
    code, out, _ = doctor(
        "--results", tmp_path / "old", "--salvage", "--to", tmp_path / "new"
    )
    assert code == 0
    assert f"--results {tmp_path / 'new'}" in out
    code, out, _ = doctor(
        *("--results", tmp_path / "old", "--salvage", "--to", tmp_path / "newer"),
        "--json",
    )
    assert {"table": "trials", "copied": 0, "lost": "0"} in json.loads(out)


def test_doctor_imports_no_backend(tmp_path: Path) -> None:
    code = (
        "import sys; from bench.doctor import *; from pathlib import Path; "
        "p = Path(sys.argv[1]); "
        "[*check_environment(p), *check_store(p), *check_caches(p)]; "
        "print({'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout == "set()\n"
