"""Hyperparameters that are known without Keras are those that families declare."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.errors import SpaceError
from bench.searchers import declared
from search_spaces import FAMILIES


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What was read by another test, perhaps of other files, is read again."""
    declared.spaces.cache_clear()
    yield
    declared.spaces.cache_clear()


def test_file_holds_what_families_declare(keras_started: None) -> None:
    from bench.searchers import declaring

    text = (declaring.Path(declared.__file__).parent / declared.FILE).read_text()
    assert text == declaring.content(), (
        "write it again: python -m bench.searchers.declaring"
    )


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_task_has_more_than_what_is_known(
    keras_started: None, data: st.DataObject
) -> None:
    from bench.searchers import space
    from bench.training import definition
    from search_spaces.family import ImageTask, UnsupportedTaskError

    family = data.draw(st.sampled_from(sorted(FAMILIES)))
    side, other = (data.draw(st.integers(4, 512)) for _ in range(2))
    classes = data.draw(st.integers(2, 1_000))
    share = data.draw(st.floats(0.01, 0.99))
    task = ImageTask(
        image_shape=(side, other, data.draw(st.sampled_from((1, 3)))),
        classes=classes,
        bits=data.draw(st.sampled_from((8, 16))),
        class_shares=(share, *[(1 - share) / (classes - 1)] * (classes - 1)),
    )
    try:
        hypermodel = definition.find(family)[1](task)
    except UnsupportedTaskError:
        return
    known = declared.spaces()[family]
    for entry in space.discover(hypermodel).space:
        found, of_file = space.declared(entry), known[entry.name]
        if of_file is not None:
            of_file.parse(str(found.default))
            assert (found.values, found.low, found.high) == (
                of_file.values,
                of_file.low,
                of_file.high,
            )


@pytest.mark.parametrize(
    ("only", "fixed", "message"),
    [
        (["unit"], {}, "did you mean 'units'"),
        ([], {"unit": "64"}, "did you mean 'units'"),
        ([], {"units": "65"}, "units takes 64, 128, 256, 512, not '65'"),
        ([], {"dropout": "0.61"}, "dropout takes 0 to 0.6 by 0.1, not '0.61'"),
        ([], {"batch_normalization": "maybe"}, "batch_normalization takes"),
    ],
)
def test_what_no_task_has_is_refused(only: list, fixed: dict, message: str) -> None:
    with pytest.raises(SpaceError, match=message):
        declared.check("dense", only, fixed)


def test_what_some_task_has_is_not_refused() -> None:
    declared.check("dense", ["loss", "class_weights"], {"units": "64"})
    declared.check("vgg", [], {"blocks": "5", "batch_normalization": "yes"})
    declared.check("mine.py:Net", ["anything"], {"else": "1"})


def test_nothing_is_refused_when_families_have_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(declared, "sources", lambda: "edited")
    declared.check("dense", ["new"], {"units": "65"})
