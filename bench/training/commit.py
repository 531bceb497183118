"""The commit of the toolkit's own source, where it runs from a checkout."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

_SECONDS = 5
"""Maximum time that git may take."""


@functools.cache
def commit() -> str | None:
    """The commit, with ``-dirty`` if files were changed; None outside of a checkout."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return None
    try:
        found = subprocess.run(
            ["git", "-C", str(root), "describe", "--always", "--dirty", "--exclude=*"],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):  # no git, or not its repository
        return None
    return found.stdout.strip() or None
