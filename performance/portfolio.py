r"""Learns portfolios from stored trials, and judges them on data sets they don't know.

    python -m bench search lenet --dataset cifar10 --images 4000 --tuner random \
        --trials 24 --epochs 8 --portfolio none --results RESULTS
    python performance/portfolio.py judge RESULTS
    python performance/portfolio.py learn RESULTS

A study counts if it trained every configuration for all of its epochs, the default one
included, as ``random`` does: portfolios are chosen beside that one, which must be the
same on all data sets. Of a family those configurations count that were tried on each of
its data sets: searches with one seed draw the same ones from equal spaces. Two classes
have a hyperparameter more, their loss; such a data set is given the configurations of
another one by ``--portfolio FILE``. Hyperparameters that some data sets lack are left
out. Studies of a family and a data set count together, and the default
configuration is that of the latest: if it changed, ``--trials 1`` adds the new one.

``judge`` leaves one data set out at a time: ``portfolio`` is the best validation score
of the default configuration and the portfolio that the other data sets choose;
``random`` is the expected best of the default and as many configurations drawn at
random from the same ones. Both are what a search finds after 8 trials. ``learn`` writes
the scores to ``bench/searchers/portfolios.json``; other families' stay.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from common import write

from bench.files import replace_file
from bench.records import (
    CLASSIFICATION,
    Origin,
    StudyRecord,
    StudyState,
    TrialRecord,
)
from bench.searchers import measured as shipped
from bench.searchers.measured import SIZE, Measured
from bench.store import Store

MIN_DATA_SETS = 3
"""Minimum number of data sets from which a portfolio is learned."""

FILE = Path(shipped.__file__).with_name(shipped.FILE)

Scores = Mapping[str, float]
"""Validation scores by configuration, as JSON."""

app = typer.Typer()


@app.command()
def learn(folders: Annotated[list[Path], typer.Argument(help="Results.")]) -> None:
    """Write the scores of the families in these results."""
    known = json.loads(FILE.read_text("utf-8")) if FILE.is_file() else {}
    learned = {name: _entry(each) for name, each in _measured(folders).items()}
    text = json.dumps(dict(sorted((known | learned).items())), indent=1)
    replace_file(FILE, f"{text}\n".encode())


@app.command()
def judge(folders: Annotated[list[Path], typer.Argument(help="Results.")]) -> None:
    """Compare 8 trials of a portfolio, of a random search, and the default alone."""
    measured = _measured(folders)
    rows = [row for name, each in measured.items() for row in _rows(name, each)]
    write("portfolio-by-data-set", rows)
    write("portfolio", list(map(_mean, _grouped(rows, "family").values())))


def _measured(folders: list[Path]) -> dict[str, Measured]:
    """What results folders hold of each family that was searched widely enough."""
    found: dict[str, dict[str, Scores]] = defaultdict(dict)
    titles: dict[str, str] = {}
    settings: dict[tuple[str, str], Any] = {}
    for study, scores in _scored(folders):
        family, data_set = study.spec.family, study.task.data_set
        titles[data_set] = study.task.title
        own = _settings(study)
        if settings.setdefault((family, data_set), own) != own:
            raise typer.BadParameter(
                f"the studies of {family} on {study.task.title} must have the same "
                f"{', '.join(_SETTINGS)}: give the results of one collection"
            )
        earlier = found[family].get(data_set, {})
        # The latest default configuration comes first.
        found[family][data_set] = {**scores, **earlier, **scores}
    return {
        family: _joined(by_data_set, titles)
        for family, by_data_set in sorted(found.items())
        if len(by_data_set) >= MIN_DATA_SETS
    }


_SETTINGS = ("epochs", "images", "image_size", "size", "precision", "seed")
"""What studies share whose scores can be compared."""


def _settings(study: StudyRecord) -> tuple[Any, ...]:
    spec = study.spec
    return (spec.budget.epochs, *(getattr(spec, name) for name in _SETTINGS[1:]))


def _scored(folders: list[Path]) -> list[tuple[StudyRecord, Scores]]:
    """Studies with scores, in the order in which they were begun."""
    found: list[tuple[StudyRecord, Scores]] = []
    for folder in folders:
        with Store(folder, read_only=True) as store:
            for study in store.studies():
                if scores := _scores(study, store.trials(study.id)):
                    found.append((study, scores))
    return sorted(found, key=lambda pair: pair[0].created)


def _scores(study: StudyRecord, trials: list[TrialRecord]) -> Scores:
    """Scores of a study's whole trainings, the default configuration's first.

    None if the default configuration is not among them.
    """
    task_type = study.spec.task_type
    if study.state is not StudyState.FINISHED or task_type.kind != CLASSIFICATION:
        return {}
    scores: dict[str, float] = {}
    default = None
    for trial in trials:
        asked, result = trial.proposal, trial.result
        whole = asked.epochs == study.spec.budget.epochs and asked.fold is None
        if whole and asked.rung == 0 and result is not None:
            failed = result.error is not None
            text = json.dumps(dict(asked.hyperparameters), sort_keys=True)
            scores[text] = math.nan if failed else task_type.score(result.metrics)
            default = text if asked.origin is Origin.DEFAULT else default
    return {} if default is None else {default: scores[default]} | scores


def _joined(by_data_set: Mapping[str, Scores], titles: Mapping[str, str]) -> Measured:
    """Scores of those configurations that every data set has."""
    by_data_set = _in_shared_names(by_data_set)
    first, *others = by_data_set.values()
    if len({next(iter(scores)) for scores in by_data_set.values()}) > 1:
        raise typer.BadParameter(
            "a family has one default configuration on all data sets of a portfolio; "
            f"{', '.join(titles[each] for each in by_data_set)} have different ones: "
            "search with one --size, and the same --fix"
        )
    shared = [text for text in first if all(text in scores for scores in others)]
    return Measured(
        data_sets=tuple(by_data_set),
        titles=tuple(titles[data_set] for data_set in by_data_set),
        configurations=tuple(map(json.loads, shared)),
        scores=np.array(
            [[scores[text] for scores in by_data_set.values()] for text in shared]
        ),
    )


def _in_shared_names(by_data_set: Mapping[str, Scores]) -> dict[str, Scores]:
    """Scores by configuration, without hyperparameters that some data sets lack."""
    names = [set().union(*map(json.loads, scores)) for scores in by_data_set.values()]
    shared = set.intersection(*names)

    def kept(text: str) -> str:
        values = json.loads(text)
        return json.dumps({name: values[name] for name in values if name in shared})

    return {
        data_set: {kept(text): score for text, score in scores.items()}
        for data_set, scores in by_data_set.items()
    }


def _entry(measured: Measured) -> dict[str, Any]:
    """Scores as the file holds them."""
    rows = zip(measured.configurations, measured.scores.tolist(), strict=True)
    return {
        "data_sets": [
            {"data_set": data_set, "title": title}
            for data_set, title in zip(measured.data_sets, measured.titles, strict=True)
        ],
        "trials": [
            {
                "hyperparameters": dict(values),
                "scores": [None if math.isnan(s) else round(s, 5) for s in scores],
            }
            for values, scores in rows
        ],
    }


def _rows(family: str, measured: Measured) -> Iterator[dict[str, Any]]:
    scores = np.where(np.isnan(measured.scores), 0.0, measured.scores)
    for index, data_set in enumerate(measured.data_sets):
        chosen = measured.without(data_set).chosen()
        column = scores[:, index]
        yield {
            "family": family,
            "data set": measured.titles[index],
            "configurations": len(column),
            "default": round(column[0], 4),
            "random": round(_expected_best(column, SIZE), 4),
            "portfolio": round(column[[0, *chosen]].max(), 4),
            "all": round(column.max(), 4),
        }


def _expected_best(scores: np.ndarray, count: int) -> float:
    """Expected best of the first and of ``count`` others drawn without replacement."""
    others = np.sort(np.maximum(scores[0], scores[1:]))
    total = math.comb(len(others), count)
    ways = [math.comb(index, count - 1) for index in range(len(others))]
    return float(np.dot(ways, others) / total)


def _grouped(rows: list[dict[str, Any]], key: str) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return groups


def _mean(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Means of a family over data sets, and how often the portfolio is ahead."""
    names = ("default", "random", "portfolio", "all")
    means = {name: round(np.mean([row[name] for row in rows]), 4) for name in names}
    ahead = sum(row["portfolio"] > row["random"] for row in rows)
    return {
        "family": rows[0]["family"],
        "data sets": len(rows),
        **means,
        "ahead of random": f"{ahead} of {len(rows)}",
    }


if __name__ == "__main__":
    app()
