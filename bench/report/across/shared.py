"""Chooses the families and boards that form a table without gaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

MOST = 5_000
"""Sets of boards that are considered. More come only of families that hardly share
boards; then the table that is found may not be the largest."""


def largest_table(
    boards_of: Mapping[str, frozenset[int]], data_sets: Sequence[str]
) -> tuple[list[str], list[int]]:
    """The largest table of families and boards in which no score is missing.

    Its size is the number of families times the number of data sets. Among equal ones
    the one with more data sets is taken, then the one with more boards.

    Args:
        boards_of: Indices of the boards that list each family.
        data_sets: Data set of each board.

    Returns:
        The families and the indices of the boards; two empty lists if no two families
        share two data sets.
    """
    best: tuple[list[str], list[int]] = [], []
    size = (0, 0, 0)
    for boards in _intersections(boards_of.values()):
        families = [name for name, listed in boards_of.items() if boards <= listed]
        count = len({data_sets[board] for board in boards})
        if len(families) < 2 or count < 2:
            continue
        if (found := (len(families) * count, count, len(boards))) > size:
            best, size = (families, sorted(boards)), found
    return best


def _intersections(sets: Iterable[frozenset[int]]) -> list[frozenset[int]]:
    """All sets and what any of them have in common, each once."""
    found: dict[frozenset[int], None] = {}
    for one in sorted(set(sets), key=lambda each: (-len(each), sorted(each))):
        if len(found) > MOST:
            break
        found |= dict.fromkeys([one, *(one & other for other in found)])
    return list(found)
