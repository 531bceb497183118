"""Searches, and what they will cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.python.signature import check_known, with_options
from bench.study.requests import search_options
from bench.text import complain

if TYPE_CHECKING:
    import pandas as pd

    from bench.python.results import Studies
    from bench.python.study import Study

_SEARCH_OPTIONS = search_options()
_NOT_OF_PLAN = ("fresh", "track", "quiet")
_PLAN_OPTIONS = [o for o in _SEARCH_OPTIONS if o.name not in _NOT_OF_PLAN]


@with_options(_SEARCH_OPTIONS)
def search(
    family: Any, *, dataset: Any = "digits", name: str | None = None, **options: Any
) -> Study | Studies:
    """Search families on a data set, train the best, write the leaderboard.

    The same call again, in this process or another, continues an interrupted search
    and returns a finished one. It is the same study as that of the command
    ``python -m bench search`` with the same options. Interrupting it keeps what is
    finished.

    Args:
        family: A name of ``bench.families()``, ``"PATH.py:NAME"`` or
            ``"package.module:NAME"``; a hypermodel of Keras Tuner or its class; or a
            function ``build(hp)`` that returns a compiled model. Several as a list.
        dataset: A name such as ``"mnist"``; the path of a folder, a ``.csv`` or an
            ``.npz`` file; ``"npy:X.npy,y.npy"``, ``"hf:NAME"`` or ``"tfds:NAME"``; or
            images and labels as arrays
            ``(X, y)`` or ``(X_train, y_train, X_test, y_test)``, a
            ``tf.data.Dataset``, a Keras ``PyDataset``, a pandas frame with the
            columns ``path`` and ``label``, a Hugging Face ``Dataset``. Two data sets
            are training and test images. Images are ``(n, height, width)`` or
            ``(n, height, width, channels)``.
        name: Of the data set on the leaderboard; else that of its folder or file, or
            ``arrays``.
        **options: See below. ``groups`` may be an array with a group for each image,
            or a column of the frame.

    Returns:
        The study; several if there are several families, ``variants`` or ``repeats``.

    Raises:
        BenchError: An option, the family or the data set can't be used, or every trial
            failed.
    """
    from bench.python.asking import asked
    from bench.python.borrowed import settings_kept
    from bench.python.results import Studies
    from bench.python.study import Study
    from bench.store import check_writable
    from bench.study.start import start_with_workers
    from bench.text.console import SafeConsole

    check_known(list(options), _SEARCH_OPTIONS)
    request = asked(family, dataset, name, options)
    check_writable(request.results)  # before the seconds that importing Keras takes
    try:
        with settings_kept():
            session = start_with_workers(request.specs[0], request.resources)
            from bench.models.explain.at_end import draw  # needs the session's Keras

            ids = session.search(request, SafeConsole(), draw, shows_boards=False)
    except KeyboardInterrupt:
        complain(
            "interrupted; what is finished is kept: call it again with the same "
            "arguments to continue"
        )
        raise
    is_single = request.variants is None and request.repeats == 1
    if isinstance(family, list | tuple) or not is_single:
        return Studies(request.results, ids)
    return Study(request.results, ids[0])


@with_options(_PLAN_OPTIONS)
def plan(
    family: Any, *, dataset: Any = "digits", name: str | None = None, **options: Any
) -> pd.DataFrame:
    """Say what a search will take at most, before anything is spent.

    A few steps of a few configurations are timed, from which the others are predicted;
    this machine's earlier studies in the results folder tell how far predictions are
    off. The search is shorter where trials end early for lack of improvement. Nothing
    is written.

    Args:
        family: As for ``bench.search``.
        dataset: As for ``bench.search``.
        name: As for ``bench.search``.
        **options: See below.

    Returns:
        A row for each study, with seconds, epochs and memory; times are upper bounds.

    Raises:
        BenchError: As for ``bench.search``.
    """
    from dataclasses import asdict

    import pandas as pd

    from bench.python.asking import asked
    from bench.python.borrowed import settings_kept
    from bench.study.start import start_with_workers

    check_known(list(options), _PLAN_OPTIONS)
    request = asked(family, dataset, name, options)
    with settings_kept():
        session = start_with_workers(request.specs[0], request.resources)
        costs = session.costs(request)
    return pd.DataFrame([asdict(cost) for cost in costs])
