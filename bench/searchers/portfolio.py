"""Portfolios: configurations that a search tries first, after the default one.

A family's portfolio is chosen from trials of one set of configurations on several data
sets: greedily, each configuration added where it helps the data sets on which the
chosen ones are worst, as in auto-sklearn 2.0 (Feurer et al. 2022, "Auto-sklearn 2.0:
hands-free AutoML via meta-learning", JMLR 23(261)).
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from keras_tuner import HyperParameters
from keras_tuner.engine.hyperparameters import Fixed

from bench.records import NO_PORTFOLIO, Value, digest
from bench.searchers import portfolio_file
from bench.searchers.measured import Configuration, shipped
from bench.searchers.space import active, declared


def configurations(
    family: str,
    data_set: str,
    space: HyperParameters,
    whole: HyperParameters,
    given: str | None = None,
    named: Sequence[Configuration] = (),
) -> tuple[Configuration, ...]:
    """Return the configurations that a search tries first, after the default one.

    Args:
        family: Name of the family.
        data_set: Name of the data set, or the hash of its content.
        space: Narrowed space. Configurations outside of it are left out; fixed
            hyperparameters keep their values.
        whole: The family's space. A file has its names, and values of it or of the
            narrowed one, which may be wider in a range.
        given: Path of a file of configurations; ``NO_PORTFOLIO`` for none; None for
            this project's.
        named: Configurations that the family names, which come before this project's.

    Raises:
        SpaceError: The file can't be read, or holds no configurations of the family, or
            one that is not of its space.
    """
    if given == NO_PORTFOLIO:
        return ()
    if given is None:
        listed = [*named, *_shipped(family, data_set)]
    else:
        listed = [*portfolio_file.checked(given, family, (whole, space))]
    found = [active(space, {})]
    for values in listed:
        placed = _placed(space, values)
        if placed is not None and placed not in found:
            found.append(placed)
    return tuple(found[1:])


def digest_of(portfolio: Sequence[Configuration]) -> str:
    """Hash of a portfolio, as part of the identity of a study; empty for none."""
    if not portfolio:
        return ""
    return digest(json.dumps([dict(values) for values in portfolio], sort_keys=True))


def own_digest(given: str | None, family: str) -> str:
    """Hash of a family's configurations in a file of a user; empty without a file.

    Raises:
        SpaceError: As ``configurations``.
    """
    if given in (None, NO_PORTFOLIO):
        return ""
    return digest_of(portfolio_file.read(given, family))


def _shipped(family: str, data_set: str) -> Sequence[Configuration]:
    measured = shipped().get(family)
    if measured is None:
        return ()
    known = measured.without(data_set)
    return [known.configurations[index] for index in known.chosen()]


def _placed(space: HyperParameters, values: Configuration) -> dict[str, Value] | None:
    """A configuration in a space; None if a value lies outside of it."""
    free = [entry for entry in space.space if not isinstance(entry, Fixed)]
    names = {entry.name for entry in free}
    placed = active(space, {k: v for k, v in values.items() if k in names})
    inside = (
        declared(entry).contains(placed[entry.name])
        for entry in free
        if entry.name in placed
    )
    return placed if all(inside) else None
