"""How long a training will take, from those that ended."""

from __future__ import annotations

from statistics import median

from bench.records import TrialResult


class Forecast:
    """Learns from the trials of a study what the next one costs."""

    def __init__(self) -> None:
        self._epoch: dict[str, list[float]] = {}
        self._rest: list[float] = []
        self._share: list[float] = []

    def learn(
        self, affinity: str, result: TrialResult, *, own: int, asked: int
    ) -> None:
        """Learn from a finished trial.

        Args:
            affinity: Trials of one affinity take alike.
            result: Of the trial.
            own: Epochs that it trained, its parent's left out.
            asked: Epochs that it might have trained, its parent's left out.
        """
        if own < 1:
            return
        stages = result.stage_seconds
        epochs = stages.get("training", 0.0) + stages.get("validation", 0.0)
        if not epochs:
            epochs = result.seconds
        self._epoch.setdefault(affinity, []).append(epochs / own)
        self._rest.append(result.seconds - epochs)
        self._share.append(own / asked)

    def trial(self, affinity: str, asked: int) -> float | None:
        """Seconds that a trial will take, None where nothing is known.

        Args:
            affinity: Of the trial.
            asked: Epochs that it may train; it will train the share of them that
                trials did so far.
        """
        if not self._rest:
            return None
        share = median(self._share)
        return self.epochs(affinity, asked * share) + median(self._rest)

    def epochs(self, affinity: str, count: float) -> float:
        """Seconds that so many epochs take, by those of like trials where there are
        any.
        """
        every = [seconds for found in self._epoch.values() for seconds in found]
        return count * median(self._epoch.get(affinity) or every or [0.0])
