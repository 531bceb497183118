"""The records that studies are made of: frozen, keyword-only, without behaviour
beyond answering questions about themselves.

Seconds are wall-clock seconds unless a name says ``core_seconds``; accuracies are
fractions between 0 and 1; times of day are seconds since the epoch (UTC).
"""

from bench.records.results import (
    STAGES,
    EpochRecord,
    FinalRecord,
    Proposal,
    ReferenceRecord,
    Samples,
    StudyRecord,
    StudyState,
    TaskRecord,
    TrialRecord,
    TrialResult,
    TrialState,
)
from bench.records.spec import (
    EVERY,
    LARGEST_SEED,
    Budget,
    StudySpec,
    Value,
    board_id,
    digest,
    study_id,
)
from bench.records.task_types import GENERATION_OF_FEW, GOALS, Goal, Metric
from search_spaces import CLASSIFICATION, DENOISING, GENERATION

__all__ = [
    "CLASSIFICATION",
    "DENOISING",
    "EVERY",
    "GENERATION",
    "GENERATION_OF_FEW",
    "GOALS",
    "LARGEST_SEED",
    "STAGES",
    "Budget",
    "EpochRecord",
    "FinalRecord",
    "Goal",
    "Metric",
    "Proposal",
    "ReferenceRecord",
    "Samples",
    "StudyRecord",
    "StudySpec",
    "StudyState",
    "TaskRecord",
    "TrialRecord",
    "TrialResult",
    "TrialState",
    "Value",
    "board_id",
    "digest",
    "study_id",
]
