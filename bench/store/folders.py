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

EXPLANATIONS = "explanations"
"""Folder beside the store of pictures of what speaks for predictions; each study has a
folder in it, whose name ends with the first letters of its id."""

SCRATCH = "scratch"
"""Folder beside the store; a study's part of it is removed when the study ends."""

_PREFIXES = {
    Role.FINAL: "seed",
    Role.DEFAULT: "default-seed",
    Role.RUNNER_UP: "runner-up-seed",
    Role.MEMBER: "member-trial",
}

_NETWORKS = {
    Role.FINAL: "network",
    Role.DEFAULT: "default-network",
    Role.RUNNER_UP: "runner-up-network",
}


def model_folder(results: Path, study: str) -> Path:
    """Folder of the models of a study."""
    return results / MODELS / study


def model_file(results: Path, study: str, role: Role, number: int) -> Path:
    """File of the model of a final training."""
    return model_folder(results, study) / f"{_PREFIXES[role]}-{number}.keras"


def network_file(results: Path, study: str, role: Role, number: int = 0) -> Path:
    """File beside the models of a study that lists the layers of their network.

    The seeds of a configuration share it; each member of an ensemble has its own.
    """
    name = _NETWORKS.get(role, f"member-trial-{number}-network")
    return model_folder(results, study) / f"{name}.json"


def role_files(folder: Path, role: Role, other: Role) -> list[tuple[Path, Path]]:
    """Files of a role's models and of their network, with the names of another role.

    Args:
        folder: The models of a study.
        role: Of one configuration, as is ``other``.
        other: The role whose names are asked for.
    """
    prefix = f"{_PREFIXES[role]}-"
    models = [
        (path, folder / f"{_PREFIXES[other]}-{path.name.removeprefix(prefix)}")
        for path in sorted(folder.glob(f"{prefix}*.keras"))
    ]
    network = folder / f"{_NETWORKS[role]}.json"
    if network.exists():
        models.append((network, folder / f"{_NETWORKS[other]}.json"))
    return models


def model_files(results: Path, study: str) -> list[Path]:
    """Files of the models that are kept of a study, sorted by name."""
    return sorted(model_folder(results, study).glob("*.keras"))


def early_end_file(results: Path, study: str) -> Path:
    """File that asks a running study to end its search; only the study reads it.

    The store has one writer, the study's own process. Others leave this file.
    """
    return results / SCRATCH / study / "end-search"
