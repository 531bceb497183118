"""The network of the best configuration: a drawing, and its layers as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from bench.files import open_regular
from bench.records import LayerRecord, NetworkRecord, Role
from bench.records.network import total
from bench.records.wording import counted
from bench.report.page import charts
from bench.report.page.blocks import Block, Figure, Heading, Table, Text
from bench.report.page.study.subject import Subject
from bench.store import network_file
from bench.text import shortened

_MAX_STAGES = 40
"""Number of stages that are drawn."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Layers in a row whose outputs have the same shape."""

    layers: Sequence[LayerRecord]

    @property
    def text(self) -> str:
        """The types of the layers, such as ``Conv2D ×2, MaxPooling2D``."""
        types = Counter(
            f"{shortened(each.name, 30)} (a network)" if each.is_model else each.type
            for each in self.layers
        )
        return ", ".join(t if n == 1 else f"{t} ×{n}" for t, n in types.items())

    @property
    def shape(self) -> tuple[int | None, ...]:
        return self.layers[-1].shape or ()

    @property
    def joins(self) -> int:
        """Number of layers that join several branches."""
        return sum(len(set(layer.inputs)) > 1 for layer in self.layers)


def network(subject: Subject) -> Iterator[Block]:
    """The network, if its layers were recorded with its models."""
    yield Heading(text="The network")
    record = _record(subject)
    if record is None or not record.layers:
        yield Text(text=_unknown(subject), style="note")
        return
    yield Text(text=_summary(record))
    yield _drawn(record)
    yield _table(record)


def _record(subject: Subject) -> NetworkRecord | None:
    path = network_file(subject.store.folder, subject.study.id, Role.FINAL)
    try:
        with open_regular(path) as file:
            return NetworkRecord.from_json(file.read().decode())
    except (OSError, ValueError):
        return None


def _unknown(subject: Subject) -> str:
    trial = subject.best
    count = None if trial is None or trial.result is None else trial.result.parameters
    known = "" if count is None else f"It has {count:,} parameters. "
    return (
        f"{known}Its layers are not known: no model of this study was kept, or it was "
        "before layers were recorded; python -m bench reproduce "
        f"{subject.study.id[:8]} --keep records them."
    )


def _summary(record: NetworkRecord) -> str:
    sums = record.multiply_adds
    work = (
        "an unknown number of multiply-adds"
        if sums is None
        else f"{sums:,} multiply-adds"
    )
    return (
        f"{counted(len(record.layers), 'layer')}, {record.parameters:,} parameters and "
        f"{work} for one image. Multiply-adds are those of dense and convolutional "
        "kernels and of attention."
    )


def stages(record: NetworkRecord) -> list[Stage]:
    """Layers of the network itself, grouped by the shape of their outputs."""
    own = [layer for layer in record.layers if layer.depth == 0]
    groups = groupby(own, key=lambda layer: (layer.shape, layer.is_model))
    return [Stage(layers=list(group)) for _, group in groups]


def _drawn(record: NetworkRecord) -> Figure:
    found = stages(record)
    shown = found[:_MAX_STAGES]
    some = "" if len(found) == len(shown) else f" The first {len(shown)} are drawn."
    largest = max((s.shape for s in shown if len(s.shape) == 3), default=(1, 1, 1))
    boxes = [
        charts.Box(
            name=stage.text,
            text=_details(stage),
            width=_width(stage.shape, largest),
            height=_channels(stage.shape),
        )
        for stage in shown
    ]
    return Figure(
        question="What does the network look like?",
        caption=(
            "From the input above to the output below; layers whose outputs have the "
            "same shape are one box, as wide as its maps and higher with more channels."
            f"{some}"
        ),
        drawing=charts.boxes(
            charts.Described(
                title="Drawing of the network",
                text=f"{len(shown)} stages, from {_sides(shown[0].shape)} to "
                f"{_sides(shown[-1].shape)}.",
            ),
            boxes,
        ),
        style="network",
    )


def _details(stage: Stage) -> str:
    parameters = sum(layer.parameters for layer in stage.layers)
    sums = total(layer.multiply_adds for layer in stage.layers)
    parts = [_sides(stage.shape)]
    if parameters:
        parts.append(f"{parameters:,} parameters")
    if sums is None or sums:
        parts.append("work unknown" if sums is None else f"{_short(sums)} mult-adds")
    if stage.joins:
        parts.append(counted(stage.joins, "join") + " of branches")
    return " · ".join(parts)


def _width(shape: tuple[int | None, ...], largest: tuple[int | None, ...]) -> float:
    """Width of a box between 0 and 1: the side of its maps, or narrow without maps."""
    if len(shape) != 3 or shape[0] is None:
        return 0.12
    return max(0.15, shape[0] / (largest[0] or shape[0]))


def _channels(shape: tuple[int | None, ...]) -> float:
    """Height of a box between 0 and 1, by the logarithm of its channels."""
    channels = shape[-1] if shape else None
    return min(1.0, 0.2 + 0.08 * (channels or 1).bit_length())


def _table(record: NetworkRecord) -> Table:
    return Table(
        caption=f"All {len(record.layers)} layers",
        columns=("Layer", "Type", "Output", "Parameters", "Multiply-adds", "Takes"),
        rows=[
            (
                "\u2514 " * min(layer.depth, 1) + layer.name,
                layer.type,
                _sides(layer.shape),
                f"{layer.parameters:,}",
                "unknown"
                if layer.multiply_adds is None
                else f"{layer.multiply_adds:,}",
                ", ".join(layer.inputs),
            )
            for layer in record.layers
        ],
        numbers=frozenset((3, 4)),
        is_folded=True,
    )


def _sides(shape: tuple[int | None, ...] | None) -> str:
    if shape is None:
        return "unknown"
    return "×".join("n" if side is None else str(side) for side in shape) or "1"


def _short(count: int) -> str:
    """A count such as ``608k`` or ``1.2G``."""
    for power, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= power:
            return f"{count / power:.3g}{unit}"
    return str(count)
