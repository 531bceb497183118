"""Draws what a command prints as a picture of a terminal, from a real run.

    python docs/scripts/terminal.py docs/assets/terminal.svg search vgg

The command runs in an empty folder. Of a long output the middle is left out, and no
font is fetched.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS = 110

FIRST, LAST = 8, 26
"""Lines of a long output that are drawn."""

TITLE = "keras-leaderboard"


def main(target: str, *words: str) -> None:
    """Run ``python -m bench`` with these words, and draw what it prints."""
    draw(target, [f"$ python -m bench {' '.join(words)}", *_output(words).splitlines()])


def draw(target: str, lines: list[str]) -> None:
    """Draw lines as a terminal shows them, in a file of SVG."""
    is_long = len(lines) > FIRST + LAST + 1
    shown = [*lines[:FIRST], "...", *lines[-LAST:]] if is_long else lines
    text = "\n".join(shown)
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text.from_ansi(text))
    drawing = console.export_svg(title=TITLE, unique_id="terminal")
    Path(target).write_text(_without_fonts(drawing), "utf-8")


def _output(words: tuple[str, ...]) -> str:
    environment = os.environ | {"COLUMNS": str(COLUMNS), "PYTHONIOENCODING": "utf-8"}
    with tempfile.TemporaryDirectory() as folder:
        ran = subprocess.run(
            [sys.executable, "-m", "bench", *words],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=True,
        )
    return ran.stdout


def _without_fonts(drawing: str) -> str:
    """A drawing that takes the reader's monospaced font in place of a fetched one."""
    drawing = re.sub(r"@font-face \{.*?\}\n", "", drawing, flags=re.DOTALL)
    return drawing.replace("Fira Code, monospace", "ui-monospace, monospace")


if __name__ == "__main__":
    main(*sys.argv[1:])
