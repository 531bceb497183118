"""Sizes of memory and files, as a user types them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import UsageError
from bench.records import sizes


@pytest.mark.parametrize(
    ("text", "size"),
    [("512M", 2**29), ("4G", 2**32), ("1.5g", 3 * 2**29), ("2 GiB", 2**31), ("7", 7)],
)
def test_sizes_are_read_in_powers_of_1024(text: str, size: int) -> None:
    assert sizes.parse(text, "--memory") == size


@given(st.integers(1, 2**53))
def test_printed_size_can_be_typed(size: int) -> None:
    assert sizes.parse(sizes.exact(size), "--memory") == size


@pytest.mark.parametrize("text", ["", "much", "-1G", "1X", "4GG", "nan"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--memory takes a size"):
        sizes.parse(text, "--memory")
