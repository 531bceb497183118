"""Compares a published folder with its manifest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.errors import UsageError, command, shown
from bench.report.publish.manifest import FORMAT, MANIFEST, files_of, sha256


@dataclass(frozen=True, kw_only=True)
class Differences:
    """How a folder differs from its manifest.

    Attributes:
        changed: Files with other content.
        missing: Files that are gone.
        added: Files that the manifest doesn't list, which harm nothing.
    """

    changed: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every file that was published is as it was."""
        return not self.changed and not self.missing


def read_manifest(folder: Path) -> Mapping[str, Any]:
    """The manifest of a published folder.

    Raises:
        UsageError: There is none that can be read.
    """
    try:
        values = json.loads((folder / MANIFEST).read_text("utf-8"))
        if values["format"] == FORMAT and values["files"].keys() and values["rows"]:
            return dict(values)
        reason = f"its form is {shown(values['format'])}, not {FORMAT}"
    except OSError as error:
        reason = error.strerror or "it can't be read"
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())
    raise UsageError(
        f"a published folder has a {MANIFEST}; that of {shown(str(folder))} can't be "
        f"read ({reason}): name a folder that {command('publish')} wrote"
    )


def differences(folder: Path, manifest: Mapping[str, Any]) -> Differences:
    """Compare every file of a folder with its manifest."""
    listed, present = manifest["files"], files_of(folder)
    there = [name for name in present if name in listed]
    return Differences(
        changed=tuple(n for n in there if sha256(folder / n) != listed[n]["sha256"]),
        missing=tuple(name for name in listed if name not in there),
        added=tuple(name for name in present if name not in listed),
    )
