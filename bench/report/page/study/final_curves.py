"""Learning curves of the final trainings, one line for each seed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bench.records import GENERATION
from bench.records.wording import counted
from bench.report.curves import Curve, Line, Panel, final_curves, panels, spans_decades
from bench.report.page import charts
from bench.report.page.blocks import Figure, Table
from bench.report.page.study.subject import Searched

_COLOURS = (("first", "blue"), ("second", "orange"))
"""Classes of lines and the names of their colours, in the order of PNG files."""

_ROWS = 60
"""Number of epochs in the table of a figure; of more, every second or third is left."""


@dataclass(frozen=True, kw_only=True)
class Trained:
    """The line of one metric and one seed.

    Attributes:
        name: ``training``, ``validation`` or the like.
        colour: Index in the palette.
        seed: Of the training.
        points: Epochs and values.
        best_epoch: The epoch whose weights were kept; 0 before the training ends.
        is_over: Whether the training has a result.
    """

    name: str
    colour: int
    seed: int
    points: Sequence[tuple[int, float]]
    best_epoch: int
    is_over: bool

    @property
    def kept(self) -> Iterator[tuple[float, float, str, str]]:
        """A dot at the weights that were kept, which validation chose."""
        for epoch, value in self.points:
            if epoch == self.best_epoch and self.name == "validation":
                yield epoch, value, "best", f"kept: epoch {epoch}, {value:.4g}"


def final_figures(subject: Searched, *, are_all: bool = False) -> Iterator[Figure]:
    """A figure for each panel of the task type that has values.

    Args:
        subject: The study.
        are_all: Whether trainings are drawn too that have no result yet.
    """
    spec = subject.spec
    shown = panels(spec.task_type)
    if spec.task_type.kind == GENERATION:
        # Both distances, whichever ranks.
        shown = (
            _panel("FID", "validation_fid"),
            _panel("KID", "validation_kid"),
            shown[-1],
        )
    curves = final_curves(subject.store, subject.results, are_all=are_all)
    tested = {final.seed for final in subject.results.finals}
    for label, lines in shown:
        trained = list(_trained(lines, curves, tested))
        if trained:
            yield _figure(label, trained)


def _panel(label: str, metric: str) -> Panel:
    return label, ((metric, "validation", 0),)


def _trained(
    lines: Sequence[Line], curves: Mapping[int, Curve], tested: Collection[int]
) -> Iterator[Trained]:
    for metric, name, colour in lines:
        for seed, curve in curves.items():
            if points := curve.points(metric):
                yield Trained(
                    name=name,
                    colour=colour % len(_COLOURS),
                    seed=seed,
                    points=points,
                    best_epoch=curve.best_epoch,
                    is_over=seed in tested,
                )


def _figure(label: str, trained: Sequence[Trained]) -> Figure:
    legend = ", ".join(
        dict.fromkeys(f"{t.name} {_COLOURS[t.colour][1]}" for t in trained)
    )
    seeds = counted(len({t.seed for t in trained}), "seed")
    dots = " Dots mark the weights that were kept." if _kept(trained) else ""
    dots += " Trainings go on." if not all(t.is_over for t in trained) else ""
    # FID stays in capitals.
    name = label if label[:2].isupper() else label[:1].lower() + label[1:]
    return Figure(
        question=f"How did the {name} change in the final trainings?",
        caption=f"Lines of {seeds}: {legend}.{dots}",
        drawing=_drawing(label, trained, legend),
        numbers=_table(trained),
    )


def _kept(trained: Sequence[Trained]) -> list[tuple[float, float, str, str]]:
    return [dot for each in trained for dot in each.kept]


def _drawing(label: str, trained: Sequence[Trained], legend: str) -> Markup:
    values = [value for each in trained for _, value in each.points]
    epochs = [float(epoch) for each in trained for epoch, _ in each.points]
    is_log = label in ("Loss", "FID") and spans_decades(values)
    x = charts.linear(epochs, is_whole=True)
    y = charts.logarithmic(values) if is_log else charts.linear(values)
    area = charts.Area(x=x, y=y)
    lines = [(each.points, _COLOURS[each.colour][0]) for each in trained]
    return charts.frame(
        charts.Described(
            title=f"{label} by epoch",
            text=f"{counted(len(trained), 'line')}: {legend}.",
        ),
        charts.Axis(label="Epoch", scale=x),
        charts.Axis(label=f"{label}, logarithmic" if is_log else label, scale=y),
        charts.lines(area, lines),
        charts.dots(area, _kept(trained)),
    )


def _table(trained: Sequence[Trained]) -> Table:
    """Values by epoch, a column for each line."""
    columns = [dict(each.points) for each in trained]
    epochs = sorted({epoch for points in columns for epoch in points})
    epochs = epochs[:: -(-len(epochs) // _ROWS) or 1]
    return Table(
        caption="Numbers",
        columns=("Epoch", *(f"{each.name}, seed {each.seed}" for each in trained)),
        rows=[
            (str(epoch), *(f"{c[epoch]:.4g}" if epoch in c else "" for c in columns))
            for epoch in epochs
        ],
        numbers=frozenset(range(len(columns) + 1)),
        is_folded=True,
    )
