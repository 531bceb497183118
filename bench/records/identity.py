"""Hashes by which studies and tests are known again."""

from __future__ import annotations

import hashlib
import json

from bench.records.spec import StudySpec


def study_id(
    spec: StudySpec,
    task_fingerprint: str,
    space_fingerprint: str,
    *,
    with_places: bool = False,
) -> str:
    """Identity of a study: what was asked, of which data, over which space.

    Args:
        spec: What was asked. Of a data set known by name the name counts.
        task_fingerprint: Of the images and their splits.
        space_fingerprint: Of the search space.
        with_places: Whether paths count too, as they did in older versions.
    """
    asked = spec if with_places else spec.without_places
    return digest(asked.to_json(), task_fingerprint, space_fingerprint)


def board_id(spec: StudySpec, test_fingerprint: str, features: str = "") -> str:
    """Identity of a test: its images, its conditions, and the features it compares."""
    conditions = f"{spec.conditions}{features}"
    return digest(test_fingerprint, conditions) if conditions else test_fingerprint


def digest(*parts: str) -> str:
    """Short hexadecimal hash of some texts, their order and borders included."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
