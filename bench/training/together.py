"""Final trainings with several seeds, trained together as one program.

Each is the same training as alone, with its own learning curve, patience and best
weights. It pauses before every epoch: the first one that goes on lets the group train
that epoch for all, and each then takes its own values. A training that has stopped
stays in the group, but nothing looks at it any more.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from bench.errors import BenchError
from bench.records import GENERATION, EpochRecord, SeedEpochRecord, TrialResult
from bench.training.curve import DivergedError, Report
from bench.training.epochs import EpochLoop
from bench.training.final import FinalResult, FinalsResult, diverged, tested
from bench.training.model_errors import exits_as_errors
from bench.training.request import FinalRequest
from bench.training.timings import Clock, StageTimer
from bench.training.trainer import Trainer
from bench.training.training import Training
from bench.training.trial import failed

if TYPE_CHECKING:
    from bench.training.compiled.jax_group import JaxGroup


class GroupError(RuntimeError):
    """Seeds can't be trained together; each may be trained alone, or fails there."""


def run_together(
    trainer: Trainer, finals: Sequence[FinalRequest], report: Report
) -> FinalsResult:
    """Train with as many of the seeds as fit together, and test each.

    Args:
        trainer: Trains the configuration.
        finals: Of one configuration, each with another seed.
        report: Called with a ``SeedEpochRecord`` after every epoch of a seed; False
            ends the training with that seed.

    Returns:
        Results of the first finals; none if they can't be trained together.
    """
    clock = Clock()
    try:
        with clock:
            group, room = _group(trainer, finals)
        return _Finals(trainer, _in_time(finals, room), report, group, clock).run()
    except GroupError:
        return FinalsResult(results=())


def _group(trainer: Trainer, finals: Sequence[FinalRequest]) -> tuple[JaxGroup, int]:
    """A group without members, and the number of finals that it has room for.

    Raises:
        GroupError: It has room for one at most.
    """
    group, room = None, 0
    with _as_group_errors():
        begun = _begun(trainer, finals[0])
        compiled = begun.loop.inputs.compiled
        if trainer.source.task_type != GENERATION:  # its evaluator remembers epochs
            group = compiled.group(begun.loop.compiled)
        if group is not None:
            epoch = begun.loop.epoch(0)
            room = group.room(len(finals), len(epoch.order), epoch.batch_size)
    if group is None or room < 2:
        raise GroupError("these models train alone")
    return group, room


def _begun(
    trainer: Trainer, final: FinalRequest, report: Report = lambda epoch: True
) -> Training:
    return trainer.begin(final.training, report, StageTimer())


def _in_time(finals: Sequence[FinalRequest], count: int) -> list[FinalRequest]:
    """The first finals, with their share of the time that is left for all."""
    now, share = time.monotonic(), count / len(finals)
    return [
        replace(final, deadline=now + share * (final.deadline - now))
        if final.deadline is not None
        else final
        for final in finals[:count]
    ]


@contextmanager
def _as_group_errors() -> Iterator[None]:
    """Turn what fails for all members into a ``GroupError``."""
    try:
        with exits_as_errors():
            yield
    except BenchError:  # nothing that another way to train would mend
        raise
    except Exception as error:
        raise GroupError(f"{type(error).__name__}: {error}") from error


class _SharedEpochs:
    """The epochs of a group, each of which is trained when a member first needs it.

    Args:
        group: Of compiled models.
        loops: Of its members.

    Attributes:
        correction: Seconds to add to those of the member whose turn it is, so that
            each has its share of the epoch.
    """

    def __init__(self, group: JaxGroup, loops: Sequence[EpochLoop]) -> None:
        self._group = group
        self._loops = loops
        self._trained = 0
        self._share = 0.0
        self.correction = 0.0

    def metrics(self, number: int, epoch: int) -> dict[str, float]:
        """Training metrics of a member, whose values the compiled model then has."""
        self.correction = self._share
        if epoch == self._trained:
            clock = Clock()
            with clock, _as_group_errors():
                self._train()
            self._share = clock.seconds / len(self._loops)
            self.correction = self._share - clock.seconds
            self._group.turn(number)
        return self._group.metrics()

    def _train(self) -> None:
        epochs = [loop.epoch(self._trained) for loop in self._loops]
        orders, rates, batch_sizes = zip(*epochs, strict=True)
        self._group.train_epoch(orders, rates, batch_sizes[0])
        self._trained += 1


@dataclass(frozen=True, kw_only=True)
class _MemberLoop(EpochLoop):
    """The epochs of one member of a group.

    Attributes:
        shared: The epochs of the group.
        number: Of the member, from 0.
    """

    shared: _SharedEpochs
    number: int

    def run(self, first: int = 0) -> Iterator[dict[str, float]]:
        for epoch in itertools.count(first):
            yield self.shared.metrics(self.number, epoch)


class _Finals:
    """Final trainings of a group, which take turns in its compiled model.

    Args:
        trainer: Trains the configuration.
        finals: The trainings.
        report: As of ``run_together``.
        group: Without members yet.
        clock: Measures the trainings of the group.
    """

    def __init__(
        self,
        trainer: Trainer,
        finals: Sequence[FinalRequest],
        report: Report,
        group: JaxGroup,
        clock: Clock,
    ) -> None:
        self._trainer, self._finals = trainer, finals
        self._report, self._group = report, group
        self._clock = clock
        with clock, _as_group_errors():
            begun = [self._begun(final) for final in finals]
        self._shared = _SharedEpochs(group, [training.loop for training in begun])
        self._steps = {
            number: replace(training, loop=self._member(number, training.loop)).steps()
            for number, training in enumerate(begun)
        }

    def run(self) -> FinalsResult:
        """Train until all have stopped, and test each as it stops.

        Raises:
            GroupError: The program of the group failed.
        """
        results: dict[int, FinalResult | TrialResult] = {}
        while self._steps:
            for number in list(self._steps):
                result = self._result(number)
                if result is not None:
                    results[number] = result
                    del self._steps[number]
        return FinalsResult(
            results=tuple(
                self._with_share(results[number]) for number in sorted(results)
            )
        )

    def _begun(self, final: FinalRequest) -> Training:
        training = _begun(self._trainer, final, lambda e: self._tell(final.seed, e))
        self._group.add(training.loop.compiled)
        return training

    def _member(self, number: int, loop: EpochLoop) -> _MemberLoop:
        given = {field.name: getattr(loop, field.name) for field in fields(loop)}
        return _MemberLoop(**given, shared=self._shared, number=number)

    def _tell(self, seed: int, epoch: EpochRecord) -> bool:
        seconds = epoch.seconds + self._shared.correction
        return self._report(
            SeedEpochRecord(**(vars(epoch) | {"seconds": seconds}), seed=seed)
        )

    def _result(self, number: int) -> FinalResult | TrialResult | None:
        """Train one epoch; the result if the training has stopped."""
        try:
            with exits_as_errors():
                return self._advance(number)
        except GroupError:
            raise
        except Exception as error:  # the other seeds are trained all the same
            return failed(error)

    def _advance(self, number: int) -> FinalResult | None:
        final = self._finals[number]
        try:
            with self._clock:
                self._group.turn(number)
                next(self._steps[number])
        except StopIteration as end:
            return tested(self._trainer, final, self._clock, end.value)
        except DivergedError as error:
            return diverged(self._trainer, final, self._clock, str(error))
        return None

    def _with_share(
        self, result: FinalResult | TrialResult
    ) -> FinalResult | TrialResult:
        """A result with its share of the time that the group has trained."""
        if isinstance(result, TrialResult):
            return result
        count = len(self._finals)
        record = replace(
            result.record,
            seconds=self._clock.seconds / count,
            core_seconds=self._clock.core_seconds / count,
        )
        return replace(result, record=record)
