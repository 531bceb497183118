"""Families sent by value: how they are named, and what their fingerprint sees."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras_tuner
import numpy as np
import pytest

from bench.errors import FamilyError
from bench.records import FamilyDefinition
from bench.training import by_value
from bench.training.meaning import fingerprint

SESSION = """
WIDTH = {width}
SIZES = {{"b", "a", "c"}}


def block(hp):
    return [hp.Int("units", 1, WIDTH), {body}]


class Base:
    def __init__(self, name):
        self.name = name


class Mine(Base):
    sizes = SIZES

    def build(self, hp):
        return block(hp)


def build(hp):
    return block(hp), SIZES


choose = lambda hp: build(hp)
"""


def session(width: int = 8, body: str = "1", place: str = "<cell 1>") -> dict[str, Any]:
    """What a notebook holds after a cell was run; it has no source."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(SESSION.format(width=width, body=body), place, "exec"), names)
    return names


@pytest.mark.parametrize("name", ["build", "choose", "Mine"])
def test_fingerprint_is_that_of_the_meaning(name: str) -> None:
    same = session(place="<another cell>")
    assert fingerprint(session()[name]) == fingerprint(same[name])
    assert fingerprint(session()[name]) != fingerprint(session(width=9)[name])
    assert fingerprint(session()[name]) != fingerprint(session(body="2")[name])


def test_instance_means_its_class_and_its_state() -> None:
    names = session()
    one, other = names["Mine"]("one"), names["Mine"]("other")
    assert fingerprint(one) == fingerprint(session()["Mine"]("one"))
    assert fingerprint(one) != fingerprint(other)


def test_closures_and_defaults_are_part_of_the_meaning() -> None:
    def make(around: Any, default: int = 1) -> Callable[..., Any]:
        def build(hp: Any, units: int = default) -> Any:
            return around, units

        return build

    assert fingerprint(make(1)) == fingerprint(make(1))
    prints = [make(1), make(2), make(1, 3), make(np.arange(3)), make({"a": 1})]
    assert len(set(map(fingerprint, prints))) == len(prints)
    assert fingerprint(make(np.arange(3))) == fingerprint(make(np.arange(3)))


def test_two_lambdas_on_one_line_differ() -> None:
    one, other = (lambda hp: 1), (lambda hp: 2)
    assert fingerprint(one) != fingerprint(other)


def test_what_refers_to_itself_has_a_fingerprint() -> None:
    names = session()
    names["SIZES"] = [names["build"]]
    assert fingerprint(names["build"]) == fingerprint(names["build"])


SCRIPT = """
{session}
from bench.training.by_value import place_of

made = place_of(build)
print(made.name, made.fingerprint, place_of(Mine).fingerprint)
"""


def test_fingerprint_is_the_same_in_every_process(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(session=SESSION.format(width=8, body="1")))
    printed = [
        subprocess.run(
            [sys.executable, script],
            env={
                "PYTHONHASHSEED": seed,
            },
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert printed[0] == printed[1]
    assert printed[0].startswith("__main__:build ")


def test_family_of_a_module_is_named() -> None:
    from search_spaces.vgg import VGG

    assert by_value.place_of(VGG) == "vgg"
    assert by_value.place_of("vgg") == "vgg"
    hypermodel = keras_tuner.applications.HyperResNet
    place = by_value.place_of(hypermodel)
    assert isinstance(place, str)
    assert place.endswith(":HyperResNet")


def test_family_by_value_is_the_same_elsewhere() -> None:
    names = session()
    definition = by_value.place_of(names["build"])
    assert isinstance(definition, FamilyDefinition)
    hp = keras_tuner.HyperParameters()
    assert by_value.restored(definition)(hp) == ([1, 1], {"a", "b", "c"})


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (threading.Lock(), "sent to workers by cloudpickle"),
        (np.zeros(9 * 2**20), "must have at most 64 MiB"),
    ],
    ids=["lock", "data set"],
)
def test_family_that_cannot_be_sent_is_refused(value: Any, said: str) -> None:
    def build(hp: Any) -> Any:
        return value

    with pytest.raises(FamilyError, match=said):
        by_value.place_of(build)
