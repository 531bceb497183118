"""Copies the kept models of studies, without paths in what they say of themselves."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from bench.store import model_folder
from bench.store.copying import with_texts


def copy_models(
    folder: Path,
    to: Path,
    studies: Iterable[str],
    text: Callable[[str], str],
    *,
    with_weights: bool,
) -> None:
    """Copy the models of studies, and what lies beside them.

    Args:
        folder: The results folder.
        to: The folder that is written.
        studies: Identities of the studies.
        text: Makes of a text the one that is written.
        with_weights: Whether the models themselves are copied; else only their
            descriptions, which the report shows.
    """
    for study in studies:
        target = model_folder(to, study)
        for path in sorted(model_folder(folder, study).glob("*")):
            target.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".json":
                content = _json(path.read_bytes(), text)
                (target / path.name).write_bytes(content)
            elif path.suffix == ".keras" and with_weights:
                _copy_model(path, target / path.name, text)


def _copy_model(path: Path, target: Path, text: Callable[[str], str]) -> None:
    """Copy a file of Keras: an archive of JSON and weights."""
    with (
        zipfile.ZipFile(path) as archive,
        zipfile.ZipFile(target, "w") as written,
    ):
        for member in archive.infolist():
            with archive.open(member) as old, written.open(member, "w") as new:
                if member.filename.endswith(".json"):
                    new.write(_json(old.read(), text))
                else:
                    shutil.copyfileobj(old, new)


def _json(content: bytes, text: Callable[[str], str]) -> bytes:
    """JSON with other texts; as it was, to the byte, if it holds none of them."""
    values = json.loads(content)
    changed = with_texts(values, text)
    if changed == values:
        return content
    return (json.dumps(changed, indent=2, ensure_ascii=False) + "\n").encode()
