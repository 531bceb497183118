"""The folder on this machine of results that are kept at a URL too."""

from __future__ import annotations

from pathlib import Path

from bench.errors import UsageError, command, shown
from bench.remote.urls import is_url, is_web, public, slug


def results_folder(place: str | Path) -> Path:
    """The results folder that a user names: a path as it is, or that of a URL.

    Raises:
        UsageError: Nothing can be written to this kind of URL.
    """
    if isinstance(place, Path) or not is_url(place):
        return Path(place)
    if is_web(place):
        raise UsageError(
            "--results takes a folder or a URL that can be written, such as "
            f"s3://bucket/results, not {shown(public(place))}; "
            f"{command('pull')} fetches results from there"
        )
    return folder_of(place)


def folder_of(url: str) -> Path:
    """The folder for the results at a URL, whether or not it is there."""
    import platformdirs

    data = Path(platformdirs.user_data_dir("keras-leaderboard"))
    return data / "results" / slug(url)
