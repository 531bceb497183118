"""The folder of plots, in which a plot is drawn only if its content has changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.files import Attempts, explained, remove_file, replace_file
from bench.report.plots.plot import KEYWORD, Plot, digest

FOLDER = "plots"

_HEADER_BYTES = 1024
"""Length of a PNG's start that holds its text chunks, which stand before the pixels."""


def update(folder: Path, plots: Sequence[Plot], attempts: Attempts) -> None:
    """Draw the plots that are missing or out of date, and remove all other plots.

    Files are removed only if they carry the digest of a plot, and so were drawn here.

    Args:
        folder: Folder of the plots.
        plots: All plots of the report.
        attempts: Keeps the refusals of files that can't be written.
    """
    digests = {plot.name: digest(plot) for plot in plots}
    stale = [p for p in plots if not _shows(folder / p.name, digests[p.name])]
    if stale:
        from bench.report.plots.style import png

        for plot in stale:
            image = png(plot, digests[plot.name])
            with attempts:
                replace_file(folder / plot.name, image)
    for path in _drawn_here(folder):
        if path.name not in digests:
            with attempts:
                remove_file(path)


def save(plot: Plot, folder: Path, *, option: str) -> Path:
    """Draw a plot that belongs to no report; its path.

    Args:
        plot: The plot.
        folder: Folder of the file.
        option: Names another folder for the file.

    Raises:
        WriteError: The file can't be written.
    """
    from bench.report.plots.style import png

    path = folder / plot.name
    replace_file(path, png(plot, digest(plot)), option=option)
    return path


def _shows(path: Path, content_digest: str) -> bool:
    return path.is_file() and content_digest.encode() in _header(path)


def _drawn_here(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.png") if KEYWORD.encode() in _header(path)]


def _header(path: Path) -> bytes:
    """Start of a file; empty of what is no file, which a user may have put there."""
    if not path.is_file():
        return b""
    with explained(path), path.open("rb") as file:
        return file.read(_HEADER_BYTES)
