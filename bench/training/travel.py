"""Requests and factories of runners, as they travel to another machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.training.request import FinalRequest, Keep, TrialRequest
from bench.training.trial_runner import TrialRunnerFactory
from search_spaces.parts.pretrained import RANDOM

Place = Callable[[Path], Path]
"""Returns where this machine has a file of the machine that a request came from."""


def packable(factory: TrialRunnerFactory) -> TrialRunnerFactory:
    """A factory whose paths mean the same in all folders of this machine."""
    given = factory.options.get("weights") or RANDOM
    path = os.path.abspath(str(given))
    if given == RANDOM or not os.path.isfile(path):
        return factory
    return replace(factory, options={**factory.options, "weights": path})


def files_read(thing: Any) -> tuple[Path, ...]:
    """Files that a request or a factory reads; some may not exist."""
    if isinstance(thing, TrialRequest):
        return () if thing.parent is None else (thing.parent,)
    if isinstance(thing, TrialRunnerFactory):
        return (*thing.task.files, *_network(thing), *_weights(thing))
    return ()


def files_written(thing: Any) -> tuple[Path, ...]:
    """Files of a model that a request may write."""
    if isinstance(thing, FinalRequest) and thing.keep is not None:
        return thing.keep.network, thing.keep.path
    return ()


def files_continued(thing: Any) -> tuple[Path, ...]:
    """Files that a request may write, from which others go on."""
    if isinstance(thing, TrialRequest) and thing.checkpoint is not None:
        return (thing.checkpoint,)
    return ()


def moved(thing: Any, place: Place, shift: float) -> Any:
    """A request or a factory as this machine carries it out.

    Args:
        thing: As it was sent.
        place: Where this machine has the files.
        shift: Seconds by which the monotonic clock of this machine is ahead of that
            of the other.
    """
    if isinstance(thing, TrialRequest):
        return replace(
            _later(thing, shift),
            parent=None if thing.parent is None else place(thing.parent),
            checkpoint=None if thing.checkpoint is None else place(thing.checkpoint),
        )
    if isinstance(thing, FinalRequest):
        keep = None if thing.keep is None else _placed(thing.keep, place)
        return replace(_later(thing, shift), keep=keep)
    if isinstance(thing, TrialRunnerFactory):
        return _placed_factory(thing, place)
    return thing


def _later(request: Any, shift: float) -> Any:
    times = {
        name: getattr(request, name) + shift
        for name in ("deadline", "features_deadline")
        if getattr(request, name) is not None
    }
    return replace(request, **times)


def _placed(keep: Keep, place: Place) -> Keep:
    return replace(keep, path=place(keep.path), network=place(keep.network))


def _placed_factory(factory: TrialRunnerFactory, place: Place) -> TrialRunnerFactory:
    config, options = factory.config, dict(factory.options)
    if config is not None and config.features is not None:
        config = replace(config, features=place(config.features))
    for path in _given_weights(factory):
        if os.path.isfile(placed := place(path)):
            options["weights"] = str(placed)
    return replace(
        factory,
        task=factory.task.moved(place),
        cache=place(factory.cache),
        options=options,
        config=config,
    )


def _network(factory: TrialRunnerFactory) -> tuple[Path, ...]:
    """Files of the network by which generators are compared."""
    if factory.config is None or factory.config.features is None:
        return ()
    path = factory.config.features
    return path, path.with_suffix(".json")


def _weights(factory: TrialRunnerFactory) -> tuple[Path, ...]:
    """The user's file of pretrained weights, as this machine has it."""
    return tuple(p for p in _given_weights(factory) if os.path.isfile(p))


def _given_weights(factory: TrialRunnerFactory) -> tuple[Path, ...]:
    """The path of ``packable``; names of other weights are no absolute paths."""
    path = Path(str(factory.options.get("weights") or ""))
    return (path,) if path.is_absolute() else ()
