"""Trains a row of a published folder again, and compares it with what was published.

Imports Keras: ``bench.training.backend.start`` comes first.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from bench.records import ImageSource, Resources, Role, StudyRecord
from bench.store import FILE_NAME, Store
from bench.study.reproduce import reproduce
from bench.study.reproduction import Reproduction


@dataclass(frozen=True, kw_only=True)
class Verification:
    """A published row, and its score after training again.

    Attributes:
        recorded: The published score.
        low, high: Ends of its 95% interval; None if it has none.
        again: The mean over its seeds now.
        digits: With which scores are shown.
        reproduction: The trainings.
    """

    recorded: float
    low: float | None
    high: float | None
    again: float
    digits: int
    reproduction: Reproduction

    @property
    def holds(self) -> bool:
        """Whether the new score lies in the published interval.

        Without an interval it must be the published one, as it is shown.
        """
        if self.low is None or self.high is None:
            return round(self.again, self.digits) == round(self.recorded, self.digits)
        rounding = 1e-9  # of means of equal scores
        return self.low - rounding <= self.again <= self.high + rounding

    @property
    def verdict(self) -> str:
        """What became of the score, in a sentence."""
        digits = self.digits
        scores = f"{self.again:.{digits}f} now, {self.recorded:.{digits}f} as published"
        if self.low is None or self.high is None:
            which = "equal" if self.holds else "not equal"
            return f"{scores}: {which}; a row of one seed may have no interval"
        lies = "lies" if self.holds else "does not lie"
        return (
            f"{scores}: the new score {lies} in the published 95% interval, "
            f"{self.low:.{digits}f} to {self.high:.{digits}f}"
        )


def verify(
    folder: Path,
    row: Mapping[str, Any],
    study: StudyRecord,
    *,
    source: ImageSource,
    resources: Resources,
    tell: Callable[[str], None],
) -> Verification:
    """Train the seeds of a published row again.

    Args:
        folder: The published folder; nothing is written to it.
        row: The row, as its manifest says.
        study: Its study, ``placed`` where its reader has what it needs.
        source: Says where the images of data sets known by name lie.
        resources: What trains.
        tell: Shows a line of progress.

    Raises:
        BenchError: The images are others, or a training fails.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        shutil.copy(folder / FILE_NAME, scratch)
        with Store(Path(scratch), read_only=True) as store:
            role = Role(row["role"])
            found = reproduce(
                store,
                study,
                role,
                source=source,
                resources=resources,
                keep=False,
                tell=tell,
            )
            finals = store.finals(study.id, role)
    again = {final.seed: final.again for final in found.finals}
    metric = study.spec.task_type.ranked_by
    # A training that diverged isn't repeated; it counts as it did.
    name = f"test_{metric.name}"
    return Verification(
        recorded=row["score"],
        low=row["low"],
        high=row["high"],
        again=fmean(again.get(f.seed, f.metrics[name]) for f in finals),
        digits=metric.digits,
        reproduction=found,
    )
