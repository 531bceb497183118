"""Names of the files of pages, by which pages link to each other."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bench.records import Role, StudyRecord

BOARDS = "index.html"
"""File of the page of all boards."""

Chosen = tuple[str, Role]
"""How the id of a study begins, and which of its configurations."""

_COMPARISON = re.compile(r"compare(-[0-9a-f]{8}(-default)?)+\.html")


def study_file(study: StudyRecord) -> str:
    """File of a study's page."""
    return f"{study.id}.html"


def comparison_file(chosen: Sequence[tuple[StudyRecord, Role]]) -> str:
    """File of the page that compares configurations of studies."""
    ends = {Role.DEFAULT: "-default"}
    parts = (f"{study.id[:8]}{ends.get(role, '')}" for study, role in chosen)
    return f"compare-{'-'.join(parts)}.html"


def compared_in(name: str) -> list[Chosen]:
    """What the page of a comparison compares; empty for the name of another file."""
    if _COMPARISON.fullmatch(name) is None:
        return []
    found = re.findall(r"-([0-9a-f]{8})(-default)?", name)
    return [(study, Role.DEFAULT if end else Role.FINAL) for study, end in found]


def best_two_file(board: str) -> str:
    """File of the page that compares the best two searches of a board.

    Args:
        board: Key of the board.
    """
    return f"compare-best-{board[:8]}.html"
