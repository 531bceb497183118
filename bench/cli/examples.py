"""Examples at the end of the help of commands that take many options."""

from __future__ import annotations

from bench.errors import command

_EXAMPLES = {
    "search": (
        "search vgg",
        "search transfer --dataset folder:photos --time 10m",
        "search vgg lenet --dataset fashion_mnist --trials 6 --epochs 6",
        "search dense --fix optimizer=adam --fix dropout=0.2",
    ),
    "plan": (
        "plan vgg --dataset fashion_mnist --trials 6 --epochs 6",
        "plan transfer --dataset folder:photos",
    ),
    "which": ("which photos",),
}


def examples(name: str) -> str | None:
    """The examples of a command as Markdown; None if it has none."""
    if name not in _EXAMPLES:
        return None
    lines = [f"- `{command(words)}`" for words in _EXAMPLES[name]]
    return "\n".join(["Examples:", "", *lines])
