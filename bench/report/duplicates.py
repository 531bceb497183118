"""The duplicates of all tasks of a store, as a table in a file."""

from __future__ import annotations

import csv
import io

from bench.store import Store
from bench.text import csv_cell

_COLUMNS = (
    "dataset",
    "task",
    "kind",
    "cluster",
    "split",
    "position",
    "file",
    "class",
)


def to_csv(store: Store) -> str:
    """A row for each image that has a duplicate; empty if there are none.

    ``position`` counts from 0 within the data set's test part for its test images, if
    it has one, else within all other images, in the order in which they were given.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    count = 0
    for task in {
        study.task.fingerprint: study.task for study in store.studies()
    }.values():
        found = store.duplicates(task.fingerprint)
        for row in () if found is None else found.tolist():
            kind, cluster, split, position, label, file = row
            values = (
                task.title,
                task.fingerprint[:8],
                kind,
                cluster,
                split,
                position,
                file,
                task.class_names[label],
            )
            writer.writerow(map(csv_cell, values))
            count += 1
    return text.getvalue() if count else ""
