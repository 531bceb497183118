"""``search`` of a tuner: by workers, or in this process."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import keras_tuner

from bench.keras_tuner.arguments import stored
from bench.keras_tuner.executions import compiled
from bench.keras_tuner.parallel import ParallelSearch, say_reason
from bench.keras_tuner.worker import WorkerFactory
from bench.text import say
from bench.training.fit import CompiledFit
from bench.training.model_errors import one_line
from bench.training.overrides import overrides

_CHIEF = "KERASTUNER_ORACLE_IP"
"""Variable that is set where Keras Tuner itself distributes a search."""

Search = Callable[..., None]


def search(
    tuner: keras_tuner.Tuner,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    plain: Search,
) -> None:
    """Search by workers, or in this process where that is asked for or needed.

    Args:
        tuner: The tuner; its ``workers`` is the number of workers.
        args: Positional arguments of ``search``.
        kwargs: Keyword arguments of ``search``.
        plain: Keras Tuner's own ``search``.
    """
    with tempfile.TemporaryDirectory(prefix="bench-tuner-") as folder:
        try:
            factory = None
            if not (reason := _why_here(tuner)):
                factory = WorkerFactory.of(tuner, stored((args, kwargs), Path(folder)))
        except Exception as error:  # whatever a user's object raises
            reason = f"workers can't get its arguments ({one_line(error)})"
        if factory is not None:
            _say_what_is_unseen(tuner, kwargs.get("callbacks") or [])
            tuner.oracle.verbose = kwargs.get("verbose", tuner.oracle.verbose)
            ParallelSearch(tuner, factory).run()
            return
    _search_here(tuner, args, kwargs, plain, reason)


_ASKED_FOR = "it was asked for"


def _why_here(tuner: keras_tuner.Tuner) -> str:
    """Why a search must run in this process; empty if workers can run it."""
    if tuner.workers == 0 or tuner.hypermodel is None:  # no models: nothing to gain
        return _ASKED_FOR
    if _CHIEF in os.environ:
        return "Keras Tuner distributes it"
    if tuner.distribution_strategy is not None:
        return "its models are distributed"
    return ""


def _search_here(
    tuner: keras_tuner.Tuner,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    plain: Search,
    reason: str,
) -> None:
    if reason != _ASKED_FOR:
        say(f"This search trains in this process, one trial at a time: {reason}.")
    fit = CompiledFit()
    with compiled(tuner, fit):
        plain(*args, **kwargs)
    for reason in fit.reasons:
        say_reason(reason)


def _say_what_is_unseen(tuner: keras_tuner.Tuner, callbacks: Any) -> None:
    """Say that code of the user's runs elsewhere, where it may matter."""
    own = [c for c in keras.tree.flatten(callbacks) if _has_own_methods(c)]
    own += [tuner] if overrides(tuner, *_RUN_IN_WORKERS) else []
    own += [tuner.hypermodel] if overrides(tuner.hypermodel, "fit") else []
    if own:
        names = ", ".join(dict.fromkeys(type(part).__name__ for part in own))
        say(
            f"Workers run {names}: what is changed in memory or printed there isn't "
            "seen here (workers=0 trains here)."
        )


_RUN_IN_WORKERS = (
    "run_trial",
    "on_epoch_begin",
    "on_epoch_end",
    "on_batch_begin",
    "on_batch_end",
)
"""Methods of a tuner that workers call."""


def _has_own_methods(callback: Any) -> bool:
    """Whether a callback runs code that isn't Keras' own."""
    return overrides(callback, *(n for n in dir(callback) if n.startswith("on_")))
