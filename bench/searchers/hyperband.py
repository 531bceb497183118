"""Hyperband with brackets for a given number of configurations.

Li et al. 2018, "Hyperband: a novel bandit-based approach to hyperparameter
optimization", sizes the brackets by the epochs alone.
"""

from __future__ import annotations

import math
from typing import Any

from keras_tuner import oracles

from bench.searchers import MAX_RUNGS, parts

RANDOM_DRAWS = 1000
"""Number of draws without a new configuration after which a space is exhausted."""

FAILED_SCORE = -1e9
"""Score of failed trials, so that their rung doesn't wait for them. Any other score is
higher."""


class HyperbandOracle(oracles.HyperbandOracle):  # type: ignore[misc]
    """Keras Tuner's Hyperband oracle, which starts a given number of configurations.

    Args:
        trials: Number of configurations in all brackets together, at least 1.
        max_epochs: Epochs of the last rung of each bracket.
        factor: Number of trials of which one is promoted.
        max_rungs, part_rungs: As of ``bracket_sizes``.
        options: Further arguments of ``keras_tuner.oracles.HyperbandOracle``.
    """

    def __init__(
        self,
        *,
        trials: int,
        max_epochs: int,
        factor: int = 3,
        max_rungs: int = MAX_RUNGS,
        part_rungs: int = 0,
        **options: Any,
    ) -> None:
        self._epoch_rungs = _epoch_rungs(max_epochs, factor, max_rungs)
        self._starts = bracket_sizes(trials, max_epochs, factor, max_rungs, part_rungs)
        super().__init__(max_epochs=max_epochs, factor=factor, **options)
        self._max_collisions = RANDOM_DRAWS

    def _get_num_brackets(self) -> int:
        return len(self._starts)

    def image_share(self, bracket_num: int, round_num: int) -> float:
        """Share of the training images of a round."""
        return parts.image_share(bracket_num - round_num - self._epoch_rungs)

    def _get_epochs(self, bracket_num: int, round_num: int) -> int:
        # Rounds on parts train as many epochs as the lowest one on all images.
        rungs = min(bracket_num - round_num, self._epoch_rungs)
        epochs: int = math.ceil(self.max_epochs / self.factor**rungs)
        return epochs

    def _get_size(self, bracket_num: int, round_num: int) -> int:
        start = self._starts[bracket_num]
        if round_num == 0:
            return start
        size = max(1, start // int(self.factor**round_num))
        return min(size, self._promotable(bracket_num, round_num - 1))

    def _promotable(self, bracket_num: int, round_num: int) -> int:
        """Number of trials of a rung that can be promoted: all that haven't failed."""
        rounds = next(
            b["rounds"] for b in self._brackets if b["bracket_num"] == bracket_num
        )
        trials = [self.trials[member["id"]] for member in rounds[round_num]]
        failed = sum(bool(trial.score == FAILED_SCORE) for trial in trials)
        return self._get_size(bracket_num, round_num) - failed

    def _random_trial(self, trial_id: str, bracket: dict[str, Any]) -> Any:
        response = super()._random_trial(trial_id, bracket)
        if response["status"] == "RUNNING":
            return response
        # The space is exhausted: the bracket continues with the trials that it has,
        # while Keras Tuner would end the search without promoting any.
        self._starts[bracket["bracket_num"]] = len(bracket["rounds"][0])
        return self.populate_space(trial_id)


def _epoch_rungs(max_epochs: int, factor: int, max_rungs: int) -> int:
    """Number of rungs of at least one epoch below a full training."""
    rungs = 0
    while factor ** (rungs + 1) <= max_epochs and rungs < max_rungs:
        rungs += 1
    return rungs


def bracket_sizes(
    trials: int,
    max_epochs: int,
    factor: int = 3,
    max_rungs: int = MAX_RUNGS,
    part_rungs: int = 0,
) -> list[int]:
    """Return the number of configurations that start in each bracket.

    Sizes are in proportion to those of Hyperband and at least 1. With fewer trials than
    brackets the most aggressive brackets are left out.

    Args:
        trials: Sum of the sizes, at least 1.
        max_epochs: Epochs of the last rung.
        factor: Number of trials of which one is promoted.
        max_rungs: Maximum number of rungs of epochs below a full training.
        part_rungs: Number of rungs on parts of the images below these.

    Returns:
        The sizes, beginning with bracket 0, which has no halving.
    """
    max_brackets = 1 + _epoch_rungs(max_epochs, factor, max_rungs) + part_rungs
    brackets = min(max_brackets, trials)
    # As in Keras Tuner: each bracket takes about the same number of epochs.
    originals = [math.ceil(max_brackets / (b + 1) * factor**b) for b in range(brackets)]
    spare = trials - brackets
    shares = [spare * size / sum(originals) for size in originals]
    sizes = [1 + int(share) for share in shares]
    by_remainder = sorted(range(brackets), key=lambda b: int(shares[b]) - shares[b])
    for bracket in by_remainder[: trials - sum(sizes)]:
        sizes[bracket] += 1
    return sizes
