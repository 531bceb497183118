"""Writes the made parts of documents again: ``python -m bench.cli.reference``."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.cli.reference import PAGES, with_parts
from bench.files import replace_file

for name in sys.argv[1:] or PAGES:
    path = Path(name)
    replace_file(path, with_parts(path.read_text("utf-8")).encode())
