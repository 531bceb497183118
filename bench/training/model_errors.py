"""Errors of a model's code, and exits that it asks for, which become errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from bench.machine import is_worker

_PREAMBLES = (
    "Exception encountered when calling",
    "Graph execution error",
    "Detected at node",
    "<stack traces unavailable>",
    'File "',
)
"""Beginnings of lines that Keras and TensorFlow put before the message of an error."""

MAX_LINE = 1_000
"""Maximum number of characters of an error in one line."""


class ModelExitError(RuntimeError):
    """The code of a model asked to end its process, such as by ``sys.exit``."""


@contextmanager
def exits_as_errors() -> Iterator[None]:
    """Turn an exit that the code of a model asks for into an error of the model.

    Ctrl-C is left as it is, except in workers: these ignore it, so that there it is
    the model's code that raised it.

    Raises:
        ModelExitError: In place of ``SystemExit`` and the like.
    """
    try:
        yield
    except Exception:
        raise
    except BaseException as error:
        if not (is_worker() or isinstance(error, SystemExit)):
            raise
        arguments = ", ".join(map(repr, error.args))
        raise ModelExitError(
            f"the model's code raised {type(error).__name__}({arguments})"
        ) from error


def one_line(error: Exception, *, whole: bool = False) -> str:
    """An error's type and message on one line of limited length.

    Args:
        error: Its message may have several lines.
        whole: Whether to join all lines, rather than to take the first informative one.
    """
    plain = re.sub(r"\x1b\[[0-9;]*m", "", _message(error))
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    messages = [line for line in lines if not line.startswith(_PREAMBLES)] or lines
    text = " ".join(lines if whole else messages[:1])
    text = ": ".join(filter(None, (type(error).__name__, text)))
    return text if len(text) <= MAX_LINE else f"{text[:MAX_LINE]} ..."


def _message(error: Exception) -> str:
    try:
        return str(error)
    except Exception:  # an error of a model's own kind may fail at that too
        return "its message can't be read"
