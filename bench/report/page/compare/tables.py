"""Comparisons as tables, which a page and a console show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from bench.records.wording import counted
from bench.report import cells
from bench.report.compared import Compared, Contender, Disagreement, Pair
from bench.report.page.blocks import Table
from bench.report.ranking import Row
from bench.text import shortened

UNKNOWN = cells.UNKNOWN

_NAME = 40
"""Maximum length of a class's name."""

_OPEN_CLASSES = 20
"""Number of classes up to which their table is open."""

_COSTS: dict[str, Callable[[Row], str]] = {
    "Parameters": lambda row: cells.number(row.parameters),
    "Seconds of a final training": lambda row: cells.number(row.train_seconds, ".1f"),
    "ms for one image": lambda row: cells.milliseconds(row.latency_ms_1),
    "ms an image, of 64": lambda row: cells.milliseconds(row.latency_ms_64),
    "Core seconds of the search": lambda row: cells.number(
        row.search_core_seconds, ",.1f"
    ),
    "Trials, finished/failed": cells.trials,
    "Budget": lambda row: row.budget or UNKNOWN,
    "Tuner": lambda row: row.tuner or UNKNOWN,
}


def tables(compared: Compared, *, images: int) -> Iterator[Table]:
    """All tables of a comparison.

    Args:
        compared: The comparison.
        images: Number of images that each table of images shows.
    """
    yield scores(compared)
    yield differences(compared)
    yield costs(compared)
    for pair in compared.pairs:
        if pair.table is not None:
            yield mcnemar(pair)
            yield from disagreements(pair, images)
    if compared.recalls:
        yield recalls(compared)
    yield hyperparameters(compared)


def scores(compared: Compared) -> Table:
    metric = compared.contenders[0].row.task_type.ranked_by
    return Table(
        caption=f"Test {metric.label}, the mean over seeds with its 95% interval",
        columns=("Study", metric.label, "Low", "High", "Seeds", "Id"),
        rows=[
            (
                each.label,
                metric.text(each.row.score),
                cells.metric(each.row.low, metric),
                cells.metric(each.row.high, metric),
                cells.number(each.row.seeds),
                each.study.id[:8],
            )
            for each in compared.contenders
        ],
        numbers=frozenset((1, 2, 3, 4)),
    )


def differences(compared: Compared) -> Table:
    metric = compared.contenders[0].row.task_type.ranked_by
    return Table(
        caption=f"Differences of test {metric.label} over seeds and test images; the "
        f"last p is corrected by Holm for all pairs of the {compared.judged_rows} rows "
        "of the board",
        columns=("Pair", "Difference", "95% interval", "p", "Corrected p", "Verdict"),
        rows=[
            (pair.name, *_difference(pair, metric.text), pair.verdict)
            for pair in compared.pairs
        ],
        numbers=frozenset((1, 2, 3, 4)),
    )


def costs(compared: Compared) -> Table:
    rows = [
        (name, *(text(each.row) for each in compared.contenders))
        for name, text in _COSTS.items()
    ]
    return Table(
        caption="What each of them cost; a default configuration has no search of "
        "its own",
        columns=("Cost", *_labels(compared)),
        rows=rows,
        numbers=frozenset(range(1, len(compared.contenders) + 1)),
    )


def mcnemar(pair: Pair) -> Table:
    table, (one, other) = pair.table, (pair.one.label, pair.other.label)
    assert table is not None
    return Table(
        caption=f"Test images by which prediction is right: {pair.name}; mid-p "
        f"{p_text(table.p_mid)}",
        columns=("Predictions", f"{other} right", f"{other} wrong"),
        rows=[
            (f"{one} right", f"{table.both:,}", f"{table.only_one:,}"),
            (f"{one} wrong", f"{table.only_other:,}", f"{table.neither:,}"),
        ],
        numbers=frozenset((1, 2)),
    )


def disagreements(pair: Pair, limit: int) -> Iterator[Table]:
    """The images that one of the two alone predicts right, as far as there are any."""
    one, other = pair.one.label, pair.other.label
    for label, wrong, images in (
        (one, other, pair.only_one),
        (other, one, pair.only_other),
    ):
        if images:
            yield _images(f"{label} is right, {wrong} wrong", pair, images, limit)


def recalls(compared: Compared) -> Table:
    return Table(
        caption="Recall of each class over the predictions of all seeds; the class on "
        "which they differ most comes first",
        columns=("Class", "Test images", *_labels(compared)),
        rows=[
            (shortened(name, _NAME), f"{count:,}", *(_share(v) for v in values))
            for name, count, values in compared.recalls
        ],
        numbers=frozenset(range(1, len(compared.contenders) + 2)),
        is_folded=len(compared.recalls) > _OPEN_CLASSES,
    )


def hyperparameters(compared: Compared) -> Table:
    known = [each.hyperparameters for each in compared.contenders]
    names = sorted({name for values in known for name in values or ()})
    values = [[_setting(c, name) for c in compared.contenders] for name in names]
    differ = [len(set(of_name)) > 1 for of_name in values]
    return Table(
        caption="Hyperparameters; bold where they differ",
        columns=("Hyperparameter", *_labels(compared), "Differ"),
        rows=[
            (name, *of_name, "yes" if is_different else "")
            for name, of_name, is_different in zip(names, values, differ, strict=True)
        ],
        marked=frozenset(np.flatnonzero(differ).tolist()),
    )


def p_text(value: float) -> str:
    """A p value, such as ``0.031`` or ``< 0.001``."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _difference(pair: Pair, text: Callable[[float], str]) -> tuple[str, ...]:
    difference = pair.difference
    if difference is None or pair.p_value is None:
        return (UNKNOWN,) * 4
    return (
        text(difference.mean),
        f"{text(difference.low)} to {text(difference.high)}",
        p_text(difference.p_value),
        p_text(pair.p_value),
    )


def _images(
    title: str, pair: Pair, images: Sequence[Disagreement], limit: int
) -> Table:
    shown, count = images[:limit], counted(len(images), "test image")
    some = "" if len(shown) == len(images) else f", the first {len(shown)}"
    return Table(
        caption=f"{title}: {count}{some}, the most confident mistake first",
        columns=(
            "Test image",
            "Class",
            pair.one.label,
            "Probability",
            pair.other.label,
            "Probability",
        ),
        rows=[
            (
                str(image.index),
                shortened(image.label, _NAME),
                shortened(image.one, _NAME),
                f"{image.one_probability:.3f}",
                shortened(image.other, _NAME),
                f"{image.other_probability:.3f}",
            )
            for image in shown
        ],
        numbers=frozenset((0, 3, 5)),
        is_folded=True,
    )


def _labels(compared: Compared) -> tuple[str, ...]:
    return tuple(contender.label for contender in compared.contenders)


def _share(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.3f}"


def _setting(contender: Contender, name: str) -> str:
    values = contender.hyperparameters
    if values is None:
        return "unknown"
    return cells.setting(values[name]) if name in values else "not used"
