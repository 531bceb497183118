"""A study as the store holds it, and what may still change of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from bench.records.budget import EXTENSIBLE
from bench.records.identity import board_id, study_id
from bench.records.spec import GROWING, PLACES, StudySpec, Value
from bench.records.task import TaskRecord


class StudyState(StrEnum):
    """State of a study; the same command continues an unfinished study."""

    UNFINISHED = "unfinished"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class StudyRecord:
    """A study as the store holds it.

    Attributes:
        seconds: Wall-clock seconds spent so far, over all continuations.
        message: Why a failed study failed.
        lookahead: How many results the searcher may lack when it is asked.
        versions: Versions of Python, the toolkit, Keras and its backend. A study of
            generators has ``fid_network`` and ``fid_features`` too: the network
            whose features compare images.
        begun: Values of ``GROWING``, ``EXTENSIBLE`` and ``PLACES`` with which the study
            began, of those that were changed since. Its identity is made of them.
        stages: Number of trials of the search as it began, and after each extension,
            by a user or since there was time; empty if it was never extended.
        tested: Number of the trial whose configuration was tested before the search
            was extended; None unless an extension is under way.
        chosen: Number of the trial of the default configuration, if its final trainings
            validated better than those of the best trial, whose place it took; else
            None.
        is_ended_early: Whether a user ended the search before its budget did.
        replaces: Identities of the studies that asked for the same with fewer epochs
            when this one began.
    """

    id: str
    spec: StudySpec
    task: TaskRecord
    state: StudyState
    created: float
    seconds: float = 0.0
    message: str = ""
    lookahead: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)
    begun: Mapping[str, Value | None] = field(default_factory=dict)
    stages: tuple[int, ...] = ()
    tested: int | None = None
    chosen: int | None = None
    is_ended_early: bool = False
    replaces: tuple[str, ...] = ()

    def is_asked_for(
        self, spec: StudySpec, task_fingerprint: str, space_fingerprint: str
    ) -> bool:
        """Whether a specification differs from this study's in what may change only."""
        first: Any = _changing(self.spec) | dict(self.begun)
        limits = {name: first.pop(name) for name in EXTENSIBLE}
        asked = replace(spec, budget=replace(spec.budget, **limits), **first)
        # Older versions had no parts of images, and identified studies by places.
        without_parts = (
            [asked]
            if asked.smallest_part != 0
            else [asked, replace(asked, smallest_part=None)]
        )
        return any(
            study_id(each, task_fingerprint, space_fingerprint, with_places=places)
            == self.id
            for each in without_parts
            for places in (False, True)
        )

    def grown(self, spec: StudySpec) -> StudyRecord:
        """The study with other values of what may grow, and at other places."""
        own, grown = _changing(self.spec), _changing(spec)
        changed = {name: own[name] for name in own if own[name] != grown[name]}
        return replace(self, spec=spec, begun=changed | dict(self.begun))

    @property
    def most_trials(self) -> int:
        """Number of configurations at which the search ends, as far as it has come."""
        return self.stages[-1] if self.stages else self.spec.budget.trials

    @property
    def comparable_spec(self) -> StudySpec:
        """What was asked, with what files hold in place of where they lie."""
        spec = self.spec.without_places.without_growth
        return replace(
            spec,
            dataset=self.task.data_set,
            portfolio_digest=self.spec.portfolio_digest,
        )

    @property
    def test(self) -> str:
        """Identity of the test: studies that share it are ranked together."""
        features = self.versions.get("fid_features", "")
        return board_id(self.spec, self.task.test_fingerprint, features)


def _changing(spec: StudySpec) -> dict[str, Value | None]:
    """What may change of a specification, by name."""
    fields = {name: getattr(spec, name) for name in (*GROWING, *PLACES)}
    return fields | {name: getattr(spec.budget, name) for name in EXTENSIBLE}
