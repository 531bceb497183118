"""scikit-learn's own table of a search, ``cv_results_``, as a file."""

from __future__ import annotations

from pathlib import Path

from bench.files import replace_file
from bench.records.wording import data_set_title, family_name
from bench.report import file_part
from bench.searchers import Searcher
from bench.store import Store
from bench.study.prepare import PreparedStudy
from bench.text import csv_cell

FOLDER = "cv_results"


def write(prepared: PreparedStudy, store: Store) -> Path | None:
    """Write ``cv_results_`` as CSV, one row for each candidate.

    Args:
        prepared: A study that ended, now or before.
        store: Holds its trials.

    Returns:
        The file; None if the tuner isn't one of scikit-learn's, or its search didn't
        come to its end.
    """
    if prepared.folds is None:
        return None
    from bench.searchers.sklearn import CrossValidation

    searcher = prepared.searcher
    assert isinstance(searcher, CrossValidation)
    if searcher.is_fresh:
        _replay(searcher, prepared, store)
    table = searcher.cv_results()
    if table is None:
        return None
    import pandas

    cells = pandas.DataFrame(table).rename(columns=csv_cell).map(csv_cell)
    family = file_part(family_name(prepared.spec.family))
    dataset = file_part(data_set_title(prepared.spec))
    path = store.folder / FOLDER / f"{family}-{dataset}-{prepared.id[:8]}.csv"
    replace_file(path, cells.to_csv(index=False).encode())
    return path


def _replay(searcher: Searcher, prepared: PreparedStudy, store: Store) -> None:
    """Tell a fresh searcher of a study's trials."""
    for trial in store.trials(prepared.id):
        if searcher.ask(trial.number) is None:
            return
        if trial.result is not None:
            searcher.tell(trial.number, trial.result)
