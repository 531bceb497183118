"""What a study is known by, and remembering it, so that Keras need not find it again.

The identity of a study depends on its search space, which Keras Tuner declares. It is
kept in the cache of the results folder under everything that it follows from: what was
asked, the images, the file of pretrained weights, and the code of this toolkit. Images
in files that haven't changed since are the same, so that they aren't read again.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

import search_spaces
from bench.errors import StoreError
from bench.files import replace_file
from bench.records import GENERATION, StudySpec, digest, study_id
from bench.store import CACHE
from search_spaces import FAMILIES

IDENTITIES = "identities"
"""Folder in the cache; each command has a file in it."""

_PACKAGES = ("keras", "keras-tuner", "scikit-learn")
"""Packages that declare search spaces and grids."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What a study is known by.

    Attributes:
        spec: Completed, as of a prepared study.
        task_fingerprint, space_fingerprint: Of its images and of its search space.
    """

    spec: StudySpec
    task_fingerprint: str
    space_fingerprint: str

    @property
    def id(self) -> str:
        return study_id(self.spec, self.task_fingerprint, self.space_fingerprint)


def remember(
    results: Path, asked: StudySpec, identity: Identity, files: str | None
) -> None:
    """Keep the identity of a study, if it follows from what is known without Keras.

    Args:
        results: Folder of the store.
        asked: What was asked of the study.
        identity: Of the study.
        files: State of the images' files before they were read; None if unknown.
    """
    key = _key(asked)
    if key is None:
        return
    content = {
        "key": key,
        "files": files,
        "task": identity.task_fingerprint,
        "spec": identity.spec.to_json(),
        "space": identity.space_fingerprint,
    }
    with suppress(StoreError):  # it can be found again
        replace_file(_file(results, asked), json.dumps(content).encode())


def recall(
    results: Path,
    asked: StudySpec,
    *,
    files: str | None = None,
    task_fingerprint: str | None = None,
) -> Identity | None:
    """The identity of a study; None if it isn't kept, or follows from something else.

    Args:
        results: Folder of the store.
        asked: What is asked of the study.
        files: State of its images' files; None if unknown.
        task_fingerprint: Of its images; None if they aren't read.
    """
    try:
        content = json.loads(_file(results, asked).read_bytes())
        is_same = content["task"] == task_fingerprint or (
            files is not None and content["files"] == files
        )
        if not is_same or content["key"] != _key(asked):
            return None
        return Identity(
            spec=StudySpec.from_json(content["spec"]),
            task_fingerprint=str(content["task"]),
            space_fingerprint=str(content["space"]),
        )
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _file(results: Path, asked: StudySpec) -> Path:
    return results / CACHE / IDENTITIES / f"{digest(asked.to_json())}.json"


def _key(asked: StudySpec) -> str | None:
    """Hash of all that an identity follows from beside images; None if unknown.

    The code of a family from elsewhere may import anything, and the network that
    compares generated images depends on the machine.
    """
    entry = FAMILIES.get(asked.family)
    if entry is None or entry.task_type == GENERATION:
        return None
    weights = _content(str(asked.options.get("weights", "")))
    portfolio = _content(asked.portfolio or "")
    return digest(asked.to_json(), weights, portfolio, _code())


def _content(place: str) -> str:
    """Hash of a file, of weights or configurations; empty if there is none."""
    path = Path(place)
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def _code() -> str:
    """Hash of the code of this toolkit, and of the versions of what it relies on."""
    found = hashlib.sha256()
    for root in (Path(__file__).parents[1], Path(search_spaces.__file__).parent):
        for path in sorted((*root.rglob("*.py"), *root.rglob("*.json"))):
            found.update(path.relative_to(root).as_posix().encode())
            found.update(path.read_bytes())
    for name in _PACKAGES:
        found.update(metadata.version(name).encode())
    return found.hexdigest()
