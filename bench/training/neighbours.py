"""The files beside a family's file that it imports, directly or not."""

from __future__ import annotations

import ast
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType


def neighbours(module: ModuleType) -> list[Path]:
    """Files that a family's file imports from its own folder and packages in it.

    Imports inside of functions count; modules that are named by a text at run time
    can't be seen. Installed packages have no neighbours.

    Args:
        module: The module of the family; its own file isn't listed.

    Returns:
        Sorted paths.
    """
    file = getattr(module, "__file__", None)
    if file is None:
        return []
    path = Path(file).resolve()
    package = getattr(module, "__package__", None) or ""
    root = path.parent
    for _ in filter(None, package.split(".")):
        root = root.parent
    if _is_installed(root):
        return []
    found: set[Path] = set()
    _follow(path, root, found)
    return sorted(found - {path})


def own_files(module: ModuleType) -> list[Path]:
    """The file of a module and its neighbours; none of a module that is installed."""
    file = getattr(module, "__file__", None)
    if file is None or _is_installed(Path(file).resolve().parent):
        return []
    return [Path(file).resolve(), *neighbours(module)]


def _follow(path: Path, root: Path, found: set[Path]) -> None:
    """Add a file, and the files below ``root`` that it imports, to ``found``."""
    found.add(path)
    try:
        tree = ast.parse(path.read_bytes())
    except SyntaxError:  # no code of this Python, and so not imported either
        return
    for name in _imported(tree, path, root):
        for file in _files(root, name):
            if file not in found:
                _follow(file, root, found)


def _imported(tree: ast.Module, path: Path, root: Path) -> Iterator[str]:
    """Full names of all modules that a file may import."""
    folders = path.parent.relative_to(root).parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = list(folders[: len(folders) + 1 - node.level]) if node.level else []
            base += node.module.split(".") if node.module else []
            yield ".".join(base)
            yield from (".".join([*base, alias.name]) for alias in node.names)


def _files(root: Path, name: str) -> Iterator[Path]:
    """Files of a module and of the packages that hold it, as far as there are any."""
    folder = root
    for part in filter(None, name.split(".")):
        folder = folder / part
        for file in (folder / "__init__.py", folder.with_suffix(".py")):
            if file.is_file():
                yield file


def _is_installed(folder: Path) -> bool:
    installed = {sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib")}
    return any(folder.is_relative_to(Path(path).resolve()) for path in installed)
