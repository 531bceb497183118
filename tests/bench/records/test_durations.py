"""Durations: read as people type them, printed as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import UsageError
from bench.records.durations import duration, exact, parse

lengths = st.floats(min_value=0, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("10m", 600),
        ("2h", 7200),
        ("1.5h", 5400),
        ("1h30m", 5400),
        ("1h02m05s", 3725),
        ("45", 45),
        (" 3M ", 180),
        ("0.5s", 0.5),
    ],
)
def test_durations_are_read_as_people_type_them(text: str, seconds: float) -> None:
    assert parse(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "10x", "-5m", "10m!", "m", "1 h", "1e3"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--time takes a duration") as refused:
        parse(text)
    assert repr(text) in str(refused.value)


def test_refusal_names_the_option() -> None:
    with pytest.raises(UsageError, match="--trial-timeout takes a duration"):
        parse("soon", "--trial-timeout")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0s"),
        (4.2, "4.2s"),
        (59.94, "59.9s"),
        (59.96, "1m"),
        (60, "1m"),
        (185.4, "3m05s"),
        (600, "10m"),
        (3599.4, "59m59s"),
        (3599.7, "1h"),
        (3725, "1h02m"),
        (7200, "2h"),
        (90_000, "25h"),
    ],
)
def test_durations_are_rounded_for_a_reader(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@given(st.floats(0, 1e6))
def test_printed_duration_can_be_typed_and_is_rounded_at_most_once(
    seconds: float,
) -> None:
    error = 0.05 if seconds < 59.95 else 0.5 if seconds < 3599.5 else 30
    assert parse(duration(seconds)) == pytest.approx(seconds, abs=error + 1e-9)


@given(lengths)
def test_exact_duration_is_read_back_digit_for_digit(seconds: float) -> None:
    assert parse(exact(seconds)) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(600.0, "10m"), (0.1, "0.1s"), (90.5, "90.5s"), (3725.0, "3725s"), (90, "1m30s")],
)
def test_exact_duration_is_as_short_as_it_can_be(seconds: float, text: str) -> None:
    assert exact(seconds) == text
