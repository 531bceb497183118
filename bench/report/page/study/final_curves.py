"""Learning curves of the final trainings, one line for each seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.records import GENERATION
from bench.report.curves import PANELS, Curve, Line, final_curves
from bench.report.page import charts
from bench.report.page.study.blocks import Figure, Table
from bench.report.page.study.subject import Subject

_STYLES = ("second", "first", "second dashed", "first dashed")
"""Classes of lines by the index of their colour in a palette."""

_COLOURS = {"second": "orange", "first": "blue"}

_ROWS = 60
"""Number of epochs in the table of a figure; of more, every second or third is left."""


def final_figures(subject: Subject) -> Iterator[Figure]:
    """A figure for each panel of the task type that has values."""
    curves = final_curves(subject.store, subject.results)
    spec = subject.spec
    panels = PANELS.get(spec.task_type_name) or PANELS[spec.task_type.kind]
    if spec.task_type.kind == GENERATION:
        panels = (*_distances(), *panels[1:])
    for label, lines in panels:
        figure = _figure(subject, label, lines, curves)
        if figure is not None:
            yield figure


def _distances() -> Iterator[tuple[str, tuple[Line, ...]]]:
    """Both distances, whichever ranks."""
    for label, name in (("FID", "validation_fid"), ("KID", "validation_kid")):
        yield label, ((name, "validation", 0),)


def _figure(
    subject: Subject, label: str, lines: Sequence[Line], curves: Sequence[Curve]
) -> Figure | None:
    drawn = [
        (name, _STYLES[colour % len(_STYLES)], curve.points(metric))
        for metric, name, colour in lines
        for curve in curves
    ]
    drawn = [(name, style, points) for name, style, points in drawn if points]
    if not drawn:
        return None
    values = [value for _, _, points in drawn for _, value in points]
    epochs = [float(epoch) for _, _, points in drawn for epoch, _ in points]
    is_log = label in ("Loss", "FID") and charts.spans_decades(values)
    y = charts.logarithmic(values) if is_log else charts.linear(values)
    x = charts.linear(epochs, is_whole=True)
    area = charts.Area(x=x, y=y)
    kept = [
        (float(epoch), value, "best", f"kept: epoch {epoch}, {value:.4g}")
        for metric, name, _ in lines
        if name == "validation"
        for curve in curves
        for epoch, value in curve.points(metric)
        if epoch == curve.best_epoch
    ]
    legend = ", ".join(
        dict.fromkeys(f"{name} {_legend(style)}" for name, style, _ in drawn)
    )
    seeds = len({id(points) for _, _, points in drawn}) // len({n for n, _, _ in drawn})
    dots = " Dots mark the weights that were kept." if kept else ""
    return Figure(
        question=f"How did {label[:1].lower() + label[1:] if label[1:2].islower() else label}"
        " change in the final trainings?",
        caption=f"A line for each of {seeds} seeds: {legend}.{dots}",
        drawing=charts.frame(
            charts.Described(
                title=f"{label} by epoch", text=f"{len(drawn)} lines: {legend}."
            ),
            charts.Axis(label="Epoch", scale=x),
            charts.Axis(label=f"{label}, logarithmic" if is_log else label, scale=y),
            charts.lines(area, [(points, style) for _, style, points in drawn]),
            charts.dots(area, kept),
        ),
        numbers=_table(subject, lines, curves),
    )


def _legend(style: str) -> str:
    colour, _, dash = style.partition(" ")
    return " ".join(filter(None, (_COLOURS[colour], dash)))


def _table(subject: Subject, lines: Sequence[Line], curves: Sequence[Curve]) -> Table:
    """Values by epoch, a column for each line and seed."""
    finals = [final.seed for final in subject.results.finals]
    columns, values = [], []
    for metric, name, _ in lines:
        for seed, curve in zip(finals, curves, strict=False):
            if points := dict(curve.points(metric)):
                columns.append(f"{name}, seed {seed}")
                values.append(points)
    epochs = sorted({epoch for points in values for epoch in points})
    epochs = epochs[:: -(-len(epochs) // _ROWS) or 1]
    return Table(
        caption="Numbers",
        columns=("Epoch", *columns),
        rows=[
            (str(epoch), *(f"{p[epoch]:.4g}" if epoch in p else "" for p in values))
            for epoch in epochs
        ],
        numbers=frozenset(range(len(columns) + 1)),
        is_folded=True,
    )
