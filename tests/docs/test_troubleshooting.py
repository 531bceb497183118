"""Errors that the documents explain are those of the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
QUOTED = re.compile(r"^### `(.*)`$", re.MULTILINE)


def test_every_error_that_is_explained_exists_in_the_code() -> None:
    quoted = QUOTED.findall((ROOT / "docs/troubleshooting.md").read_text("utf-8"))
    assert len(quoted) > 20
    texts = _texts_of_code()
    assert not [text for text in quoted if text not in texts]


def _texts_of_code() -> str:
    """All texts in the code, with an ellipsis in place of each value."""
    files = (
        path
        for part in ("bench", "search_spaces")
        for path in ROOT.glob(f"{part}/**/*.py")
    )
    trees = (ast.parse(path.read_text("utf-8")) for path in files)
    return "\n".join(_text(node) for tree in trees for node in ast.walk(tree))


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or "…" for part in node.values)
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return node.value if is_text else ""
