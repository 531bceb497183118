"""What an export did, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.files import mebibytes
from bench.models.export.formats import Format
from bench.models.selection import Selected
from bench.records import Metric


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """An artifact beside its model.

    Attributes:
        count: Number of inputs that both were given.
        largest_difference: Of two outputs.
        milliseconds: Median time of a batch of one input in the runtime, on its
            default number of threads.
        keras_milliseconds: The same in Keras.
    """

    count: int
    largest_difference: float
    milliseconds: float
    keras_milliseconds: float


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a quantization did.

    Attributes:
        metric: Of test images.
        test_images: Number of them.
        before, after: Value of the metric in Keras, and in the artifact.
        weights: Number of weights in the artifact by type, such as ``int8``.
        plain_bytes: Size of the artifact that is not quantized.
    """

    metric: Metric
    test_images: int
    before: float
    after: float
    weights: dict[str, int]
    plain_bytes: int

    @property
    def int8_share(self) -> float:
        """Share of the weights that have eight bits.

        Integers of 64 bits aren't counted: they are shapes.
        """
        counts = {kind: n for kind, n in self.weights.items() if kind != "int64"}
        return self.weights.get("int8", 0) / max(1, sum(counts.values()))


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """A model that was exported.

    Attributes:
        path: File or folder.
        bytes: Its size.
        comparison: The artifact beside its model.
        cost: That of its quantization; None if it is not quantized.
    """

    path: Path
    bytes: int
    comparison: Comparison
    cost: Cost | None = None


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A model of a study that was exported.

    Attributes:
        selected: The study.
        seed: That of the model.
        format: Of the artifact.
        artifact: File or folder, and how it compares.
        source: Where the inputs of the comparison come from.
        was_mixed: Whether the study's model computes in bfloat16; the artifact and
            what it was compared with compute in float32.
    """

    selected: Selected
    seed: int
    format: Format
    artifact: Artifact
    source: str
    was_mixed: bool = False

    def facts(self) -> dict[str, Any]:
        """All that is known, for JSON."""
        comparison, cost = self.artifact.comparison, self.artifact.cost
        facts = {
            "study": self.selected.study.id,
            "model": self.selected.name,
            "seed": self.seed,
            "format": self.format.name,
            "path": str(self.artifact.path),
            "bytes": self.artifact.bytes,
            "compared": comparison.count,
            "source": self.source,
            "largest_difference": comparison.largest_difference,
            "milliseconds": comparison.milliseconds,
            "keras_milliseconds": comparison.keras_milliseconds,
            "was_bfloat16": self.was_mixed,
        }
        if cost is None:
            return facts
        return facts | {
            "bytes_before": cost.plain_bytes,
            "int8_share": cost.int8_share,
            "metric": cost.metric.name,
            "test_images": cost.test_images,
            "score_before": cost.before,
            "score": cost.after,
        }

    def row(self) -> dict[str, str]:
        """The row of a table; ``_`` breaks the line of a heading."""
        comparison = self.artifact.comparison
        return {
            "model": f"{self.selected.name}, seed {self.seed}",
            "format": self.format.name,
            "size": mebibytes(self.artifact.bytes),
            "largest_difference": f"{comparison.largest_difference:.2g}",
            "ms per_image": f"{comparison.milliseconds:.2f}",
            "ms in_Keras": f"{comparison.keras_milliseconds:.2f}",
        }

    def remarks(self) -> list[str]:
        """What the table doesn't say, a line each."""
        compared = f"compared with Keras on {self.artifact.comparison.count}"
        remarks = [f"{compared} {self.source}; times are of batches of one"]
        if self.was_mixed:
            remarks.append("it computes in float32, the study's models in bfloat16")
        cost = self.artifact.cost
        if cost is not None:
            metric = cost.metric
            remarks += [
                f"quantized: {self.format.quantizes}; {cost.int8_share:.0%} of all "
                f"weights have eight bits, {mebibytes(cost.plain_bytes)} before",
                f"{metric.label} on {cost.test_images:,} test images: "
                f"{metric.text(cost.after)}, {metric.text(cost.before)} before",
            ]
        return [*remarks, str(self.artifact.path)]
