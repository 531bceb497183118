"""Timed trials of a machine's earlier studies, from which costs are predicted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.records import EPOCH_SHARE, StudyRecord, StudySpec, TrialRecord
from bench.store import Store
from bench.training import backend
from bench.training.models import DEFAULT_BATCH
from bench.training.work import Work

MAX_STUDIES = 30
"""Maximum number of earlier studies that count, the latest ones."""

MAX_TRIALS = 10
"""Maximum number of trials of each that count, the latest ones."""

SAME = ("platform", "processor", "cores", "gpus", "keras", *backend.BACKENDS.values())
"""Names among ``versions`` in which studies must agree, so that an epoch takes as long
in one as in the other. Each has the version of its own backend only."""


@dataclass(frozen=True, kw_only=True)
class TimedTrial:
    """What a trial of an earlier study took.

    Attributes:
        study: Identity of its study.
        family: Of its study.
        work: Of its configuration.
        train, validation: Numbers of images of an epoch.
        epoch: Seconds of an epoch and its validation.
        rest: Seconds of the trial beside its epochs, features left out.
    """

    study: str
    family: str
    work: Work
    train: int
    validation: int
    epoch: float
    rest: float


def timed_trials(
    store: Store, spec: StudySpec, versions: Mapping[str, str], besides: str
) -> list[TimedTrial]:
    """The trials of earlier studies whose seconds count for a new one.

    Args:
        store: Of the results folder.
        spec: Of the new study, whose precision they share.
        versions: Those of the new study; see ``SAME``.
        besides: Identity of the new study, which is left out.

    Returns:
        Trials that trained whole epochs from new weights on images; those of the latest
        study come last.
    """
    same = [
        study
        for study in store.studies()
        if study.id != besides
        and study.spec.precision == spec.precision
        and are_same(study.versions, versions)
    ]
    return [
        timed
        for study in same[-MAX_STUDIES:]
        for trial in reversed(store.last_finished(study.id, MAX_TRIALS))
        for timed in _timed(study, trial)
    ]


def start_seconds(earlier: Sequence[TimedTrial], family: str) -> float | None:
    """Usual seconds of a trial beside its epochs, features left out.

    Args:
        earlier: Trials of earlier studies; those of the same family count if there
            are any.
        family: Of the study.

    Returns:
        None if there are no trials.
    """
    own = [timed.rest for timed in earlier if timed.family == family]
    every = own or [timed.rest for timed in earlier]
    return median(every) if every else None


def are_same(versions: Mapping[str, str], others: Mapping[str, str]) -> bool:
    """Whether the seconds of studies with these versions can be compared."""
    return all(versions.get(name) == others.get(name) for name in SAME)


def _timed(study: StudyRecord, trial: TrialRecord) -> Iterator[TimedTrial]:
    """What a trial took, if it counts."""
    result, proposal = trial.result, trial.proposal
    if result is None or not (result.multiply_adds and result.epochs):
        return
    is_partial = EPOCH_SHARE in result.metrics or proposal.fold is not None
    if is_partial or proposal.parent is not None:
        return
    stages = result.stage_seconds
    epochs = stages.get("training", 0.0) + stages.get("validation", 0.0)
    if epochs <= 0:
        return
    batch_size = proposal.hyperparameters.get("batch_size", DEFAULT_BATCH)
    yield TimedTrial(
        study=study.id,
        family=study.spec.family,
        work=Work(
            multiply_adds=result.multiply_adds,
            parameters=result.parameters,
            batch_size=int(batch_size),
        ),
        train=round(study.task.train * proposal.image_share),
        validation=round(study.task.validation * proposal.validation_share),
        epoch=epochs / result.epochs,
        rest=result.seconds - epochs - stages.get("features", 0.0),
    )
