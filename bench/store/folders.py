"""The folders beside a store: trained models, and caches."""

from __future__ import annotations

from pathlib import Path

from bench.records import Role

CACHE = "cache"
"""Folder of what can be computed again: features of frozen networks, and networks whose
features FID compares."""

MODELS = "models"
"""Folder beside the store; each study has a folder in it, named after its id."""

RECORD = "model.json"
"""File beside the models of a study that says what they take and return."""

_PREFIXES = {
    Role.FINAL: "seed",
    Role.DEFAULT: "default-seed",
    Role.MEMBER: "member-trial",
}


def model_folder(results: Path, study: str) -> Path:
    """Folder of the models of a study."""
    return results / MODELS / study


def model_file(results: Path, study: str, role: Role, number: int) -> Path:
    """File of the model of a final training."""
    return model_folder(results, study) / f"{_PREFIXES[role]}-{number}.keras"


def model_files(results: Path, study: str) -> list[Path]:
    """Files of the models that are kept of a study, sorted by name."""
    return sorted(model_folder(results, study).glob("*.keras"))
