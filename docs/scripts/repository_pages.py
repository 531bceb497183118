"""Hook of MkDocs: pages and pictures outside of ``docs/``, and links between all.

Documents link to each other by their places in the repository, so that the links work
there too. In the site the pages of ``docs/`` lie at its root, with the README as the
first page and the other documents in folders beside them; links follow.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]

OUTSIDE = (
    "CHANGELOG.md",
    "CITATION.cff",
    "CONTRIBUTING.md",
    "examples/*.ipynb",
    "performance/*.md",
    "results/published/**/*.md",
    "results/published/**/*.png",
    "suites/*.toml",
)
"""Files of the repository that the site shows beside ``docs/``, as patterns."""

HOW_TO = "How to"
"""Section of the navigation for pages that it does not name."""

LINK = re.compile(r"(\]\(|(?:src|href)=\")(?![a-z]+:|#|/)([^)\"#]+)")
"""A relative link in Markdown or HTML: its beginning, and its target."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add the pages that the navigation does not name."""
    named = set(re.findall(r"[\w/]+\.md", str(config.nav)))
    docs = Path(config.docs_dir)
    pages = sorted(path.relative_to(docs).as_posix() for path in docs.rglob("*.md"))
    [how_to] = [part[HOW_TO] for part in config.nav or () if HOW_TO in part]
    how_to.extend(page for page in pages if page not in named)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the README as the first page, and the other files of the repository."""
    files.append(_file(config, "index.md", ROOT / "README.md"))
    for pattern in OUTSIDE:
        for path in sorted(ROOT.glob(pattern)):
            files.append(_file(config, path.relative_to(ROOT).as_posix(), path))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Turn links by places in the repository into links by places in the site."""
    source = Path(page.file.abs_src_path or "").relative_to(ROOT).as_posix()
    folder = posixpath.dirname(page.file.src_uri)

    def moved(link: re.Match[str]) -> str:
        target = posixpath.normpath(
            posixpath.join(posixpath.dirname(source), link.group(2))
        )
        return link.group(1) + posixpath.relpath(_in_site(target), folder or ".")

    return LINK.sub(moved, markdown)


def _file(config: MkDocsConfig, name: str, path: Path) -> File:
    return File.generated(config, name, abs_src_path=str(path))


def _in_site(target: str) -> str:
    """Place in the site of a file of the repository."""
    path = PurePosixPath(target)
    if target == "README.md":
        return "index.md"
    return str(path.relative_to("docs")) if path.parts[0] == "docs" else target
