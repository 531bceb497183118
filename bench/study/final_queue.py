"""The final trainings of a study that wait, and which of them are trained together."""

from __future__ import annotations

from collections.abc import Sequence

from bench.records import Role
from bench.study.final_request import Final


class FinalQueue:
    """Hands out final trainings, those of one role together as far as they can be.

    Args:
        finals: In the order in which they are trained; keys are positions in it.
        most: Maximum number of them that are trained together.
        later: Number of trainings of a role that follow these, within the same time.
    """

    def __init__(self, finals: Sequence[Final], most: int, later: int = 0) -> None:
        self._finals = finals
        self._waiting = list(range(len(finals)))
        self._later = later
        self._most = dict.fromkeys(Role, most)

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self, free: int) -> list[int]:
        """Keys of the next trainings, for one of so many workers that are free."""
        role = self._finals[self._waiting[0]].role
        alike = [key for key in self._waiting if self._finals[key].role is role]
        count = min(-(-len(alike) // free), self._most[role])
        self._waiting = [key for key in self._waiting if key not in alike[:count]]
        return alike[:count]

    def put_back(self, keys: list[int], trained: int) -> None:
        """Let trainings wait again that had no room, or could not be together.

        Args:
            keys: Of trainings that were handed out together.
            trained: How many of them have been trained, the first ones.
        """
        if left := keys[trained:]:
            self._most[self._finals[left[0]].role] = max(1, trained)
            self._waiting = left + self._waiting

    def share(self, keys: list[int], concurrency: int) -> float:
        """Share of the remaining time, so that all trainings of a role get the same.

        Those that are trained together get the shares of all of them.

        Args:
            keys: Of trainings that start now.
            concurrency: Number of workers.
        """
        count, role = len(keys), self._finals[keys[0]].role
        alike = [k for k, final in enumerate(self._finals) if final.role is role]
        rounds = -(-len(alike) // concurrency) + -(-self._later // concurrency)
        rounds -= alike.index(keys[0]) // (count * concurrency) * count
        return min(1.0, count / rounds)
