"""Suites of wrong types, sizes and depths."""

from __future__ import annotations

from pathlib import Path

from cases import Case

_VALUES = {
    "a fraction": "2.5",
    "a truth": "true",
    "nan": "nan",
    "infinity": "-inf",
    "a text": "'x'",
    "an empty text": "''",
    "400 nines": "9" * 400,
    "5000 hexadecimal digits": "0x" + "f" * 5000,
    "a date": "2026-01-01",
    "a time": "07:32:00",
    "an empty list": "[]",
    "a list of lists": "[[1]]",
    "a mixed list": "[1, 'x', true]",
    "a table": "{a = 1}",
    "a text with a null": "'\\u0000'".replace("'", '"'),
}

_KEYS = {
    "family": (),
    "dataset": (),
    "tuner": (),
    "schedule": (),
    "seed": (),
    "seeds": (),
    "trials": (),
    "epochs": (),
    "patience": (),
    "time": (),
    "folds": (),
    "images": (),
    "image_size": (),
    "validation_fraction": (),
    "test_fraction": (),
    "max_parameters": (),
    "skip_default": ("a truth",),
    "only": ("a text", "an empty text", "an empty list"),
    "fix": ("an empty list", "a table"),
    "variants": ("a text", "an empty text"),
    "backend": ("an empty text",),
    "weights": ("a text", "an empty text"),
    "noise_mean": (),
    "fid_network": (),
    "labels": (),
    "studies": (),
}
"""The keys of suites, and the values above that a suite may hold there."""


def _suite(text: str, name: str, *, says: str = "", is_fine: bool = False) -> Case:
    def words(folder: Path) -> list[object]:
        path = folder / "suite.toml"
        path.write_text(text, "utf-8")
        return ["suite", path, "--dry-run"]

    return Case(category="suites", name=name, words=words, says=says, is_fine=is_fine)


def _with(key: str, value: str) -> str:
    first = "" if key == "family" else 'family = ["dense", "autoencoder", "transfer"]\n'
    return f"{first}{key} = {value}\n"


CASES = [
    _suite(_with(key, _VALUES[name]), f"{key} = {name}", is_fine=name in fine)
    for key, fine in _KEYS.items()
    for name in _VALUES
    if (key, name) not in {("time", "a fraction")}
] + [
    _suite("family = " + "[" * 5000 + "]" * 5000, "5000 lists in each other"),
    _suite("a." * 3000 + "b = 1", "3000 tables in each other"),
    _suite('family = "dense"\n' + "# x\n" * 400_000, "more than a megabyte"),
    _suite(f'family = "dense"\nseed = {list(range(50_000))}', "50,000 seeds"),
    _suite(
        'family = "dense"\ntuner = "random"\n'
        + f"seed = {list(range(3000))}\ndataset = {['digits'] * 3000}",
        "9,000,000 studies",
    ),
    _suite('family = "dense"\n' + "[[studies]]\n" * 20_000, "20,000 tables"),
    _suite('family = "dense"\n[[studies]]\nseeds = 2.5', "a fraction in a table"),
    _suite("family = ", "no value"),
    _suite("", "nothing"),
]
