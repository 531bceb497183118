"""The records that studies are made of: frozen, keyword-only, without behaviour
beyond answering questions about themselves.

Seconds are wall-clock seconds unless a name says ``core_seconds``; accuracies are
fractions between 0 and 1; times of day are seconds since the epoch (UTC).
"""

from bench.records.budget import EVERY, Budget
from bench.records.cluster import TrialResources
from bench.records.definition import (
    IN_MAIN,
    IN_MEMORY,
    KINDS_OF_LIBRARIES,
    KINDS_OF_PATHS,
    FamilyDefinition,
)
from bench.records.finals import TIME_UP, FinalRecord, ReferenceRecord, Role
from bench.records.findings import (
    TEST,
    TRAIN,
    VALIDATION,
    Duplicates,
    FileSummary,
    Findings,
    Grouping,
    ImagePlace,
    PixelSummary,
)
from bench.records.identity import board_id, digest, study_id
from bench.records.model import ModelRecord
from bench.records.network import LayerRecord, NetworkRecord
from bench.records.options import options_of
from bench.records.parts import PART_FACTOR, SMALLEST_PART, default_smallest_part
from bench.records.request import (
    TRACKERS,
    ImageSource,
    Resources,
    SearchRequest,
)
from bench.records.spec import (
    AUTO,
    BFLOAT16,
    FLOAT32,
    GROWING,
    IN_PAIRS,
    MAX_SEED,
    NO_PORTFOLIO,
    PLACES,
    StudySpec,
    Value,
)
from bench.records.study import StudyRecord, StudyState
from bench.records.task import Samples, TaskRecord
from bench.records.task_types import (
    ACCURACY,
    CLASSIFIER_METRICS,
    GENERATION_OF_FEW,
    LOG_LOSS,
    RANKING_METRICS,
    TASK_TYPES,
    Metric,
    TaskType,
    classification_by,
)
from bench.records.trials import (
    EPOCH_SHARE,
    LEFT_OUT,
    STAGES,
    EpochRecord,
    Origin,
    Proposal,
    SeedEpochRecord,
    TrialRecord,
    TrialResult,
    TrialState,
)
from search_spaces import CLASSIFICATION, DENOISING, GENERATION

__all__ = [
    "ACCURACY",
    "AUTO",
    "BFLOAT16",
    "CLASSIFICATION",
    "CLASSIFIER_METRICS",
    "DENOISING",
    "EPOCH_SHARE",
    "EVERY",
    "FLOAT32",
    "GENERATION",
    "GENERATION_OF_FEW",
    "GROWING",
    "IN_MAIN",
    "IN_MEMORY",
    "IN_PAIRS",
    "KINDS_OF_LIBRARIES",
    "KINDS_OF_PATHS",
    "LEFT_OUT",
    "LOG_LOSS",
    "MAX_SEED",
    "NO_PORTFOLIO",
    "PART_FACTOR",
    "PLACES",
    "RANKING_METRICS",
    "SMALLEST_PART",
    "STAGES",
    "TASK_TYPES",
    "TEST",
    "TIME_UP",
    "TRACKERS",
    "TRAIN",
    "VALIDATION",
    "Budget",
    "Duplicates",
    "EpochRecord",
    "FamilyDefinition",
    "FileSummary",
    "FinalRecord",
    "Findings",
    "Grouping",
    "ImagePlace",
    "ImageSource",
    "LayerRecord",
    "Metric",
    "ModelRecord",
    "NetworkRecord",
    "Origin",
    "PixelSummary",
    "Proposal",
    "ReferenceRecord",
    "Resources",
    "Role",
    "Samples",
    "SearchRequest",
    "SeedEpochRecord",
    "StudyRecord",
    "StudySpec",
    "StudyState",
    "TaskRecord",
    "TaskType",
    "TrialRecord",
    "TrialResources",
    "TrialResult",
    "TrialState",
    "Value",
    "board_id",
    "classification_by",
    "default_smallest_part",
    "digest",
    "options_of",
    "study_id",
]
