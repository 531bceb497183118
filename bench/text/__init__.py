"""Texts from outside, such as names, paths and errors, made fit for where they appear.

Class names, names of files, hyperparameters and errors of others may hold anything:
escape sequences, markup, formulas. Each medium has one function that makes a text fit
for it: ``terminal``, ``markdown`` (``code`` for a code span), ``csv_cell``,
``json_text``; in plots ``visible`` is enough. All of them build on ``visible``.

``say``, ``say_json`` and ``complain`` print, on streams that ``guard_output`` keeps
from failing; ``hidden_output`` hides what libraries print. ``bench.text.console`` holds
the console of tables and progress; it is imported by itself since it imports rich.
"""

from bench.text.documents import Markdown, code, csv_cell, json_text, markdown
from bench.text.hidden import ERROR, OUTPUT, hidden_output
from bench.text.streams import (
    check_written,
    complain,
    encodable,
    guard_output,
    lost_output,
    say,
    say_json,
)
from bench.text.visible import shortened, terminal, visible

__all__ = [
    "ERROR",
    "OUTPUT",
    "Markdown",
    "check_written",
    "code",
    "complain",
    "csv_cell",
    "encodable",
    "guard_output",
    "hidden_output",
    "json_text",
    "lost_output",
    "markdown",
    "say",
    "say_json",
    "shortened",
    "terminal",
    "visible",
]
