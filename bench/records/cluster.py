"""What a trial takes of a node of a cluster."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bench.errors import UsageError, shown


@dataclass(frozen=True, kw_only=True)
class TrialResources:
    """Resources of a worker on a node.

    Attributes:
        cpus: CPUs that it takes; its operations run on so many threads, at least one.
        gpus: GPUs that it takes; several workers may share one. It sees no others.
    """

    cpus: float = 1.0
    gpus: float = 0.0

    @property
    def threads(self) -> int:
        """Number of threads of a worker."""
        return max(1, int(self.cpus))

    def __str__(self) -> str:
        gpus = f",gpus={self.gpus:g}" if self.gpus else ""
        return f"cpus={self.cpus:g}{gpus}"


def parse_resources(text: str) -> TrialResources:
    """Resources of a text such as ``cpus=1,gpus=0.5``.

    Raises:
        UsageError: The text names anything else, or a number that no node can give.
    """
    amounts: dict[str, float] = {}
    for part in text.split(","):
        name, _, number = (word.strip() for word in part.partition("="))
        amount = _number(number)
        if name not in ("cpus", "gpus") or name in amounts or not _is_possible(amount):
            raise UsageError(
                "--resources-per-trial takes cpus=N, gpus=N or both, not "
                f"{shown(text)}: a part of one CPU or GPU, or a whole number of them, "
                "such as cpus=1,gpus=0.5"
            )
        amounts[name] = amount
    resources = TrialResources(**amounts)
    if not (resources.cpus or resources.gpus):
        raise UsageError(
            f"--resources-per-trial must take a CPU or a GPU, not {shown(text)}: such "
            "as cpus=1"
        )
    return resources


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _is_possible(amount: float) -> bool:
    """Whether nodes can give so much: Ray divides one CPU or GPU, but not several."""
    is_whole = math.isfinite(amount) and amount == int(amount)
    return 0 <= amount <= 1 or (is_whole and 1 < amount <= 10_000)
