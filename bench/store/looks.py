"""How often the test images of a task were looked at by trainings that are removed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from bench.records import Role

_COUNTS = {
    # Members of an ensemble are a configuration each.
    "removed_configurations": (
        f"count(DISTINCT iif(role = '{Role.MEMBER}', role || seed, role))"
    ),
    "removed_trainings": "count(*)",
}


def remember(sql: sqlite3.Connection, study: str, roles: Iterable[Role]) -> None:
    """Let the task of a study count final trainings that are about to be removed.

    Args:
        sql: A connection within a transaction.
        study: Id of the study.
        roles: Of the trainings.
    """
    chosen = ", ".join(f"'{role}'" for role in roles)
    for name, count in _COUNTS.items():
        sql.execute(
            "UPDATE tasks SET record = json_set(record, :path, coalesce("
            "json_extract(record, :path), 0) + "
            f"(SELECT {count} FROM finals WHERE study = :study AND role IN ({chosen})))"
            " WHERE fingerprint = (SELECT task FROM studies WHERE id = :study)",
            {"path": f"$.{name}", "study": study},
        )
