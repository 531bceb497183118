"""scikit-learn's own table of a search that it led."""

from __future__ import annotations

from pathlib import Path

from bench.report import cells
from bench.report.files import replace_file
from bench.searchers import Searcher
from bench.store import Store
from bench.study.prepare import Plan

FOLDER = "cv_results"


def write(plan: Plan, store: Store) -> Path | None:
    """Write ``cv_results_`` as CSV, a row a candidate.

    Args:
        plan: Of a study that is over, by its searcher or before it.
        store: Holds them.

    Returns:
        The file; None where there is no such table, as scikit-learn's search wasn't
        brought to its end, or another one was asked for.
    """
    if plan.folds is None:
        return None
    from bench.searchers.sklearn import CrossValidation

    searcher = plan.searcher
    assert isinstance(searcher, CrossValidation)
    if searcher.is_fresh:
        _replay(searcher, plan, store)
    found = searcher.cv_results()
    if found is None:
        return None
    import pandas

    family = cells.file_part(cells.family_name(plan.spec.family))
    dataset = cells.file_part(cells.dataset_name(plan.spec.dataset))
    path = store.folder / FOLDER / f"{family}-{dataset}-{plan.id[:8]}.csv"
    replace_file(path, pandas.DataFrame(found).to_csv(index=False).encode())
    return path


def _replay(searcher: Searcher, plan: Plan, store: Store) -> None:
    """Tell a fresh searcher of a study's trials."""
    for trial in store.trials(plan.id):
        if searcher.ask(trial.number) is None:
            return
        if trial.result is not None:
            searcher.tell(trial.number, trial.result)
