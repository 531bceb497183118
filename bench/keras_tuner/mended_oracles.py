"""Oracles of Keras Tuner that several workers and an interrupt don't lead astray."""

from __future__ import annotations

from functools import cmp_to_key
from typing import Any

import keras_tuner


class HyperbandOracle(keras_tuner.oracles.HyperbandOracle):  # type: ignore[misc]
    """Gives promoted trials the bracket of their parents.

    Keras Tuner gives them the one that is being filled, which is another one if several
    workers train.
    """

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        response: dict[str, Any] = super().populate_space(trial_id)
        values = response.get("values") or {}
        if parent := values.get("tuner/trial_id"):
            ancestor = self.trials[parent].hyperparameters.values
            values["tuner/bracket"] = ancestor["tuner/bracket"]
        return response


class GridSearchOracle(keras_tuner.oracles.GridSearchOracle):  # type: ignore[misc]
    """Continues a grid after an interrupt.

    Keras Tuner doesn't keep which points of the grid come next, and then fails with a
    ``KeyError``.
    """

    def set_state(self, state: dict[str, Any]) -> None:
        super().set_state(state)

        def compare(one: str, other: str) -> int:
            values = (self.trials[key].hyperparameters.values for key in (one, other))
            order: int = self._compare(*values)
            return order

        previous = None
        for trial_id in sorted(self.start_order, key=cmp_to_key(compare)):
            self._ordered_ids.insert(trial_id, previous)
            previous = trial_id
        # Those whose next point was tried are skipped.
        self._populate_next = list(self.start_order)


_MENDED = {
    keras_tuner.oracles.HyperbandOracle: HyperbandOracle,
    keras_tuner.oracles.GridSearchOracle: GridSearchOracle,
}


def mend(oracle: keras_tuner.Oracle) -> None:
    """Turn an oracle of Keras Tuner into the mended one, where there is one.

    The tuners of Keras Tuner make their oracles themselves. Those of a user's own kind
    stay as they are.
    """
    if mended := _MENDED.get(type(oracle)):
        oracle.__class__ = mended
