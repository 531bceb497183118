"""Turns the options that a user gave into a request; imports nothing heavy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bench import searchers
from bench.errors import FamilyError, UsageError, command, flag, shown, unknown
from bench.machine import default_size
from bench.records import (
    AUTO,
    EVERY,
    IN_PAIRS,
    Budget,
    ImageSource,
    Resources,
    SearchRequest,
    StudySpec,
    Value,
)
from bench.records.options import GROUPS, options_of, read
from bench.remote import addresses, is_url
from bench.searchers import parts
from bench.study import config_file
from bench.text import complain
from bench.trackers import table as trackers
from search_spaces import FAMILIES, FAMILY_OPTIONS, takers
from search_spaces.parts.options import Option

DEFAULT_FOLDS = 3

FEW_FAMILIES = 4
"""Number of families up to which the help of an option names those that take it."""

SEARCH_RECORDS = (Budget, StudySpec, Resources, ImageSource, SearchRequest)
"""Records whose declared fields are the options of a search."""


def search_options() -> list[Option]:
    """Every option of ``search``, by groups."""
    declared = [each for kind in SEARCH_RECORDS for each in options_of(kind).values()]
    return sorted(
        (*declared, *FAMILY_OPTIONS), key=lambda option: GROUPS.index(option.group)
    )


def help_text(option: Option) -> str:
    """What an option does, and which families take it if few do."""
    families = takers(option.name)
    if option not in FAMILY_OPTIONS or len(families) > FEW_FAMILIES:
        return option.help
    return f"{option.help} Only {' and '.join(families)}."


def request(families: Sequence[str], given: Mapping[str, Any]) -> SearchRequest:
    """A request for one study of each family, in the order given.

    Args:
        families: Names or places to import from; repetitions are left out.
        given: Values of the options by their names, as typed or as in a TOML file;
            None for an option that isn't given. Those that ``config`` names a file for
            take precedence over that file's.

    Raises:
        BenchError: The file can't be read, an option is unknown, a value is out of
            range, or no family takes an option.
    """
    _check_known(given)
    given = config_file.merged(given)
    _check_known(given)
    asked = assemble(families, given)
    _check_taken(families, given)
    return asked


def assemble(families: Sequence[str], given: Mapping[str, Any]) -> SearchRequest:
    """A request of options that are known; some may serve none of the families.

    Raises:
        BenchError: A name is unknown or a value out of range.
    """
    given, adds_time = _added_time(_listed(given))
    carried_out = read_given(SearchRequest, given)
    trackers.check(carried_out.get("track", ()))
    resources = Resources(**read_given(Resources, given))
    return SearchRequest(
        adds_time=adds_time,
        specs=tuple(_specs(families, given)),
        source=replace(_image_source(given), processes=resources.workers),
        resources=resources,
        mirror=_mirror(given.get("results")),
        **carried_out,
    )


def _listed(given: Mapping[str, Any]) -> dict[str, Any]:
    """Options with lists of ``NAME=VALUE`` in place of tables of names and values."""
    return {
        name: [f"{key}={_text(held)}" for key, held in value.items()]
        if name in IN_PAIRS and isinstance(value, Mapping)
        else value
        for name, value in given.items()
    }


def _text(held: Any) -> Any:
    """A list of values as ``--space`` takes it; anything else as it is."""
    return ",".join(map(str, held)) if isinstance(held, list | tuple) else held


def _added_time(given: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """The options with a time without its plus sign, and whether it had one."""
    time = given.get("time")
    if not isinstance(time, str) or not time.strip().startswith("+"):
        return given, False
    return {**given, "time": time.strip().removeprefix("+")}, True


def _mirror(results: Any) -> str | None:
    return results if isinstance(results, str) and is_url(results) else None


def _image_source(given: Mapping[str, Any]) -> ImageSource:
    places = (given.get("dataset"), given.get("groups"))
    named = (place for place in places if isinstance(place, str))
    return ImageSource(
        addresses={k: v for name in named for k, v in addresses(name).items()},
        is_quiet=bool(given.get("quiet")),
        **read_given(ImageSource, given),
    )


def _specs(families: Sequence[str], given: Mapping[str, Any]) -> list[StudySpec]:
    """One specification for each family, repetitions left out.

    Names are checked here, before anything heavy is imported; values of ``fix``
    stay texts until the search space is known. Options that only some families take
    go to those that do.
    """
    from bench.training import backend

    for family in families:
        check_family(family)
    values = read_given(StudySpec, given)
    _check_names(values)
    tuner = searchers.TUNERS[values.get("tuner", StudySpec.tuner)]
    if tuner.cross_validates:
        values.setdefault("folds", DEFAULT_FOLDS)
    budget = read_given(Budget, given)
    is_timed = budget.get("seconds") is not None and "trials" not in budget
    values["fills_time"] = is_timed and tuner.may_fill_time
    if tuner.exhaustive:
        budget.setdefault("trials", EVERY)
    values["backend"] = backend.choose(values.get("backend"))
    values.setdefault("size", default_size())
    values.setdefault("precision", AUTO)
    options = {
        option.name: read(option, given[option.name])
        for option in FAMILY_OPTIONS
        if _is_given(option, given)
    }
    return [
        StudySpec(
            family=family,
            budget=Budget(**budget),
            options=_taken(family, options),
            **values,
        )
        for family in dict.fromkeys(families)
    ]


def check_family(family: str) -> None:
    """Refuse a family that is neither in the table nor a place to import from.

    Raises:
        FamilyError: With the nearest known name.
    """
    if not isinstance(family, str) or "\0" in family:
        raise FamilyError(
            f"families are named by text, not {shown(family)}; such as 'vgg' "
            f"({command('families')})"
        )
    if family not in FAMILIES and ":" not in family:
        listing = f"{command('families')}; your own: PATH.py:NAME"
        raise FamilyError(unknown("family", family, FAMILIES, listing))


def read_given(record: type, given: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a record's declared fields, of options that were given."""
    return {
        field: read(option, given[option.name])
        for field, option in options_of(record).items()
        if given.get(option.name) is not None
    }


def _check_names(values: dict[str, Any]) -> None:
    """Refuse unknown names; that of the data set gets its whole form."""
    from bench import datasets  # needs NumPy, which a command's help does not

    tuner = values.get("tuner", StudySpec.tuner)
    searchers.check_name(tuner)
    searchers.check_schedule(values.get("schedule"), tuner)
    searchers.check_folds(values.get("folds"), tuner)
    searchers.check_portfolio(values.get("portfolio"), tuner)
    parts.check(values.get("smallest_part"), tuner, values.get("schedule"))
    values["dataset"] = datasets.place_of(values.get("dataset", StudySpec.dataset))
    if note := datasets.hidden(values["dataset"]):
        complain(note)
    if (size := values.get("image_size")) is not None:
        datasets.pixels.check_size(*size)


def _check_known(given: Mapping[str, Any]) -> None:
    known = [option.name for option in search_options()]
    for name in given:
        if name not in known:
            raise UsageError(unknown("option", name, known, ", ".join(known)))


def _check_taken(families: Sequence[str], given: Mapping[str, Any]) -> None:
    """Refuse an option that no family takes."""
    for option in FAMILY_OPTIONS:
        if not _is_given(option, given):
            continue
        if not any(_takes(family, option.name) for family in families):
            raise UsageError(
                f"{flag(option.name)} goes with {' or '.join(takers(option.name))}, "
                f"not with {', '.join(families)}: leave it out, or search one of "
                "these too"
            )


def _is_given(option: Option, given: Mapping[str, Any]) -> bool:
    return given.get(option.name) is not None


def _taken(family: str, options: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in options.items() if _takes(family, name)}


def _takes(family: str, option: str) -> bool:
    """Whether a family may take an option; whether one's own does shows later."""
    return family not in FAMILIES or family in takers(option)
