"""Two configurations compared: their scores, and the images on which they differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bench.report.compared.contender import Contender, Predictions
from bench.report.compared.mcnemar import McNemar, mcnemar
from bench.report.judged import verdict
from bench.report.ranking import TIED, WORSE
from bench.report.statistics import Difference


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """A test image that one of two configurations predicts right.

    Attributes:
        index: Among the test images.
        label: Its class.
        one, other: Predicted classes, by the mean over seeds.
        one_probability, other_probability: Of the predicted classes.
    """

    index: int
    label: str
    one: str
    one_probability: float
    other: str
    other_probability: float


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two configurations.

    Attributes:
        one, other: The configurations.
        difference: Score of the first one minus that of the second; None if their
            scores for single images are unknown.
        p_value: Of it, corrected for all pairs of rows of the board.
    """

    one: Contender
    other: Contender
    difference: Difference | None
    p_value: float | None

    @property
    def name(self) -> str:
        return f"{self.one.label} − {self.other.label}"

    @property
    def verdict(self) -> str:
        """What can be said of the difference."""
        if self.difference is None or self.p_value is None:
            return "unknown: the store lacks their scores for single images"
        task_type = self.one.row.task_type
        said = verdict(self.difference, self.p_value, task_type)
        if said == WORSE:
            is_first = task_type.ranked_by.better(self.difference.mean) > 0
            return f"{(self.one if is_first else self.other).label} is better"
        return "equally good, within 0.01" if said == TIED else said

    @cached_property
    def table(self) -> McNemar | None:
        """Of the predictions by the mean over seeds; None if they are unknown."""
        both = self._predictions
        return None if both is None else mcnemar(both[0].right, both[1].right)

    @cached_property
    def only_one(self) -> list[Disagreement]:
        """Images that only the first configuration predicts right.

        Those come first whose wrong prediction has the highest probability.
        """
        return list(self._disagreements(is_one_right=True))

    @cached_property
    def only_other(self) -> list[Disagreement]:
        """Images that only the second configuration predicts right, likewise."""
        return list(self._disagreements(is_one_right=False))

    @property
    def _predictions(self) -> tuple[Predictions, Predictions] | None:
        one, other = self.one.predictions, self.other.predictions
        return None if one is None or other is None else (one, other)

    def _disagreements(self, *, is_one_right: bool) -> Iterator[Disagreement]:
        if self._predictions is None:
            return
        one, other = self._predictions
        right, wrong = (one, other) if is_one_right else (other, one)
        indices = np.flatnonzero(right.right & ~wrong.right)
        order = np.argsort(-wrong.mean[indices].max(axis=1), kind="stable")
        names = self.one.study.task.class_names
        for index in indices[order].tolist():
            yield Disagreement(
                index=index,
                label=names[int(one.labels[index])],
                one=names[int(one.classes[index])],
                one_probability=float(one.mean[index].max()),
                other=names[int(other.classes[index])],
                other_probability=float(other.mean[index].max()),
            )
