"""Which parts of the training images trials are compared on."""

import pytest

from bench.errors import UsageError
from bench.searchers import parts


@pytest.mark.parametrize(
    ("images", "smallest_part", "expected"),
    [
        (51_000, 5000, 2),
        (45_000, 5000, 2),
        (42_500, 5000, 1),
        (15_000, 5000, 1),
        (14_999, 5000, 0),
        (51_000, 0, 0),
        (9, 1, 2),
        (2, 1, 0),
    ],
)
def test_parts_have_a_smallest_number_of_images(
    images: int, smallest_part: int, expected: int
) -> None:
    assert parts.part_rungs(images, smallest_part) == expected


def test_size_of_parts_goes_with_a_search_that_has_rungs() -> None:
    parts.check(100, "hyperband", None)
    parts.check(100, "random", "asha")
    parts.check(None, "random", None)
    with pytest.raises(UsageError, match=r"hyperband.*asha.*'random'"):
        parts.check(100, "random", None)
