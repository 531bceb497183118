"""A damaged store is said to be damaged by every command that reads, never foreign."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.errors import DamagedStoreError
from bench.records import StudyState
from bench.store import APPLICATION_ID, FILE_NAME, Store, inspect, salvage

COMMANDS = ("leaderboard", "studies", "doctor")
PAGE = 4096


def check_answers(
    bench: Callable, results: Path, commands: tuple[str, ...] = COMMANDS
) -> list[int]:
    """Give commands, which must end with a line and call no store foreign.

    Returns:
        Their exit codes.
    """
    codes = []
    for command in commands:
        answer = bench(command, "--results", results)
        said = answer.out + answer.err
        assert answer.code in (0, 1, 2), said
        assert "Traceback" not in said
        assert "of this toolkit" not in said
        assert answer.err.count("\n") <= 1
        if answer.code == 2:
            assert "is damaged" in answer.err
            assert "python -m bench doctor" in answer.err
        codes.append(answer.code)
    return codes


SAID = "no traceback; said to be damaged where that is noticed"


def test_truncated_store_is_said_to_be_damaged(
    bench: Callable, unpack_asset: Callable[[int], Path], tried: Callable[..., None]
) -> None:
    results = unpack_asset(2)
    content = (results / FILE_NAME).read_bytes()
    for length in range(PAGE, len(content), PAGE):
        (results / FILE_NAME).write_bytes(content[:length])
        assert check_answers(bench, results) == [2, 2, 1]
        tried("store truncated at a page", "said to be damaged", SAID)


def flipped(content: bytes, seed: int) -> bytes:
    """Set some bytes to random values, and sometimes one of the header too."""
    chance, damaged = random.Random(seed), bytearray(content)
    for _ in range(chance.choice((1, 1, 4, 32))):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    if chance.random() < 0.3:
        damaged[chance.randrange(100)] = chance.randrange(256)
    return bytes(damaged)


@pytest.mark.parametrize(
    "seeds",
    [range(40), pytest.param(range(40, 400), marks=pytest.mark.slow)],
    ids=["few", "many"],
)
def test_store_with_flipped_bytes_ends_no_command_in_a_traceback(
    bench: Callable,
    unpack_asset: Callable[[int], Path],
    tried: Callable[..., None],
    seeds: range,
) -> None:
    results = unpack_asset(2)
    content = (results / FILE_NAME).read_bytes()
    for seed in seeds:
        (results / FILE_NAME).write_bytes(flipped(content, seed))
        codes = check_answers(
            bench, results, COMMANDS[:2] if len(seeds) < 100 else COMMANDS
        )
        happened = "said to be damaged" if any(codes) else "read"
        tried("store with random bytes flipped", happened, SAID)


def magic_lost(path: Path) -> None:
    path.write_bytes(b"X" + path.read_bytes()[1:])


def mark_lost(path: Path) -> None:
    content = bytearray(path.read_bytes())
    assert content[68:72] == APPLICATION_ID.to_bytes(4, "big")
    content[68] ^= 255
    path.write_bytes(content)


def schema_lost(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[100:PAGE] = bytes(PAGE - 100)
    path.write_bytes(content)


def version_lost(path: Path) -> None:
    execute(path, "PRAGMA user_version = 77777")


def execute(path: Path, *statements: str) -> None:
    sql = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        sql.execute(statement)
    sql.close()


@pytest.mark.parametrize(
    "damage",
    [magic_lost, mark_lost, schema_lost, version_lost],
    ids=lambda d: d.__name__,
)
def test_store_without_its_header_is_damaged_and_saved(
    unpack_asset: Callable[[int], Path], tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    results = unpack_asset(2)
    damage(results / FILE_NAME)
    for read_only in (True, False):
        with pytest.raises(DamagedStoreError):
            Store(results, read_only=read_only)
    counts = salvage(results, tmp_path / "saved")
    assert all(count.is_complete for count in counts.values())
    with Store(tmp_path / "saved", read_only=True) as store:
        (study,) = store.studies()
        assert len(store.trials(study.id)) == 2


@pytest.mark.parametrize(
    ("table", "statement", "read"),
    [
        ("trials", "UPDATE trials SET result = '{' WHERE number = 1", "studies"),
        ("trials", 'UPDATE trials SET result = \'{"epochs": "3"}\'', "studies"),
        ("trials", "UPDATE trials SET state = 'failed' WHERE number = 1", "studies"),
        ("trials", "UPDATE trials SET proposal = x'ff' WHERE number = 1", "studies"),
        ("studies", "UPDATE studies SET versions = '{\"keras\": 3}'", "studies"),
        (
            "studies",
            "UPDATE studies SET spec = replace(spec, '\"seeds\": 1', '\"seeds\": 0')",
            "studies",
        ),
        ("studies", "DELETE FROM tasks", "studies"),
        ("finals", "UPDATE finals SET record = '[]'", "studies"),
        ("finals", "UPDATE finals SET predictions = x'50'", "leaderboard"),
        ("tasks", "UPDATE tasks SET samples = zeroblob(9)", "leaderboard"),
        ("epochs", "UPDATE epochs SET metrics = 'loss'", "leaderboard"),
        ("reference_rows", "UPDATE reference_rows SET record = '{}'", "leaderboard"),
        ("trials", "DROP TABLE trials", "studies"),
        ("epochs", "ALTER TABLE epochs DROP COLUMN ended", "studies"),
    ],
)
def test_damaged_rows_are_said_and_left_out(
    bench: Callable,
    unpack_asset: Callable[[int], Path],
    tmp_path: Path,
    table: str,
    statement: str,
    read: str,
) -> None:
    results = unpack_asset(2)
    execute(results / FILE_NAME, statement)
    answer = bench(read, "--results", results)
    assert answer.code == 2
    assert "a store must be whole" in answer.err
    assert answer.err.count("\n") == 1
    assert not inspect(results).counts[table].is_complete
    assert not salvage(results, tmp_path / "saved")[table].is_complete
    assert inspect(tmp_path / "saved").is_whole


def test_store_of_an_old_schema_is_saved(
    unpack_asset: Callable[[int], Path], tmp_path: Path
) -> None:
    results = unpack_asset(1)
    execute(results / FILE_NAME, "UPDATE trials SET result = '{' WHERE number = 1")
    counts = salvage(results, tmp_path / "saved")
    assert (counts["trials"].whole, counts["trials"].lost) == (1, 1)
    assert counts["finals"].lost == 1  # which may be of the trial that was lost
    with Store(tmp_path / "saved") as store:
        assert store.studies()[0].state is StudyState.UNFINISHED


def test_unexpected_error_is_blamed_on_a_store_only_if_it_is_damaged(
    unpack_asset: Callable[[int], Path],
) -> None:
    results = unpack_asset(2)
    with pytest.raises(KeyError), Store(results, read_only=True):
        raise KeyError("validation_accuracy")
    execute(
        results / FILE_NAME,
        "UPDATE trials SET result = replace(result, 'validation_', 'validatioo_')",
    )
    with pytest.raises(DamagedStoreError, match="trials"), Store(results):
        raise KeyError("validation_accuracy")
