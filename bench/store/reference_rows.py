"""The references of a store: rows of boards that nobody searched."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np

from bench.records import ReferenceRecord
from bench.store.arrays import pack_outputs, unpack_one
from bench.store.database import Database
from bench.store.rows import reference_of


class ReferenceRows:
    """Reads and writes the references of a store."""

    _database: Database

    def add_reference(self, test: str, reference: ReferenceRecord) -> None:
        record = asdict(replace(reference, outputs={}))
        del record["outputs"]
        packed = pack_outputs(reference.outputs)
        with self._database.transaction() as sql:
            sql.execute(
                "INSERT OR REPLACE INTO reference_rows VALUES (?, ?, ?, ?)",
                (test, reference.name, json.dumps(record), packed),
            )

    def references(self, test: str) -> list[ReferenceRecord]:
        return self._database.records(
            "reference",
            reference_of,
            "SELECT record FROM reference_rows WHERE test_fingerprint = ? "
            "ORDER BY rowid",
            (test,),
        )

    def reference_output(self, test: str, name: str, output: str) -> np.ndarray | None:
        """One output of a reference; None if it has none of this name."""
        return self._database.record(
            "outputs of a reference",
            lambda row: None if row[0] is None else unpack_one(row[0], output),
            "SELECT predictions FROM reference_rows "
            "WHERE test_fingerprint = ? AND name = ?",
            (test, name),
        )
