"""Search spaces: discovered, narrowed, described, fingerprinted."""

from collections.abc import Callable

import keras_tuner
import pytest

from bench.errors import FamilyError, SpaceError
from bench.searchers import Searcher
from bench.searchers import space as spaces
from bench.searchers.description import describe

HyperParameters = keras_tuner.HyperParameters


class Function(keras_tuner.HyperModel):
    """A foreign hypermodel around a function."""

    def __init__(self, build: Callable) -> None:
        super().__init__(name="theirs")
        self._build = build

    def build(self, hp: HyperParameters) -> object:
        return self._build(hp)


def nested(hp: HyperParameters) -> None:
    """Declare a hyperparameter in nested scopes, only if it is active."""
    optimizer = hp.Choice("optimizer", ["adam", "sgd"])
    with hp.conditional_scope("optimizer", ["sgd"]):
        if optimizer == "sgd":
            has_momentum = hp.Boolean("has_momentum")
            with hp.conditional_scope("has_momentum", [True]):
                if has_momentum:
                    hp.Float("momentum", 0.5, 0.9)
    hp.Int("units", 8, 64, step=8)


def test_every_condition_of_a_foreign_space_is_discovered() -> None:
    space = spaces.discover(Function(nested))
    assert {h.name: h.condition for h in describe(space)} == {
        "optimizer": "",
        "units": "",
        "has_momentum": "optimizer = sgd",
        "momentum": "optimizer = sgd and has_momentum = True",
    }


def test_family_that_does_not_build_by_default_is_refused() -> None:
    def build(hp: HyperParameters) -> None:
        raise ZeroDivisionError("no units")

    with pytest.raises(FamilyError) as refused:
        spaces.discover(Function(build))
    assert "'theirs' raised ZeroDivisionError: no units" in str(refused.value)


def test_description_says_kind_range_default_and_condition(
    space: HyperParameters,
) -> None:
    described = {h.name: h for h in describe(space)}
    assert list(described) == [entry.name for entry in space.space]
    assert {name: (h.kind, h.range, h.default) for name, h in described.items()} == {
        "depth": ("int", "1 to 4", 2),
        "width": ("choice", "8, 16, 32, 64", 16),
        "dropout": ("float", "0 to 0.5 by 0.1", 0.2),
        "optimizer": ("choice", "adam, sgd", "adam"),
        "rate": ("float", "0.0001 to 0.01, logarithmic", 0.001),
        "momentum": ("float", "0.5 to 0.9 by 0.1", 0.9),
    }
    assert described["rate"].condition == "optimizer = adam"
    assert described["depth"].condition == ""


@pytest.mark.parametrize("tuner", ["random", "grid", "hyperband", "bayesian"])
def test_only_the_named_hyperparameters_differ(
    tuner: str, space: HyperParameters, make: Callable[..., Searcher], search: Callable
) -> None:
    narrowed = spaces.narrow(space, ["width", "depth"], {"dropout": 0.3})
    done = search(make(tuner, space=narrowed))
    for proposal in done.proposals:
        others = dict(proposal.hyperparameters)
        del others["width"], others["depth"]
        assert others == {"dropout": 0.3, "optimizer": "adam", "rate": 0.001}
    assert len({p.hyperparameters["width"] for p in done.proposals}) > 1


def test_fixing_a_condition_activates_the_hyperparameters_under_it(
    space: HyperParameters, make: Callable[..., Searcher], search: Callable
) -> None:
    narrowed = spaces.narrow(space, None, {"optimizer": "sgd", "momentum": 0.7})
    for proposal in search(make("random", space=narrowed)).proposals:
        assert proposal.hyperparameters["momentum"] == 0.7
        assert "rate" not in proposal.hyperparameters


def test_fixed_conditional_hyperparameter_stays_conditional(
    space: HyperParameters, make: Callable[..., Searcher], search: Callable
) -> None:
    narrowed = spaces.narrow(space, None, {"momentum": 0.6})
    done = search(make("random", trials=12, space=narrowed))
    by_optimizer = {
        p.hyperparameters["optimizer"]: p.hyperparameters.get("momentum")
        for p in done.proposals
    }
    assert by_optimizer == {"adam": None, "sgd": 0.6}


def test_fixing_nothing_keeps_the_whole_space(space: HyperParameters) -> None:
    narrowed = spaces.narrow(space, None, {})
    assert describe(narrowed) == describe(space)


def test_narrowing_leaves_the_whole_space_alone(space: HyperParameters) -> None:
    before = space.get_config()
    spaces.narrow(space, ["depth"], {"width": 8})
    assert space.get_config() == before


@pytest.mark.parametrize(
    ("only", "fixed", "parts"),
    [
        (["widht"], {}, ["'widht'", "did you mean 'width'", "momentum"]),
        (None, {"rat": 0.1}, ["'rat'", "did you mean 'rate'"]),
        (["width"], {"width": 8}, ["'width'", "--only", "--fix"]),
    ],
)
def test_unknown_names_and_names_given_twice_are_refused(
    space: HyperParameters, only: list[str], fixed: dict, parts: list[str]
) -> None:
    with pytest.raises(SpaceError) as refused:
        spaces.narrow(space, only, fixed)
    for part in parts:
        assert part in str(refused.value)


def test_texts_become_values_of_the_hyperparameters_types(
    space: HyperParameters,
) -> None:
    space.Boolean("flag")
    space.Fixed("given", 3)
    texts = {
        "depth": "3",
        "width": "64",
        "dropout": "0",
        "optimizer": "sgd",
        "rate": "1e-3",
        "flag": "Yes",
        "given": "3",
    }
    values = spaces.parse_fixed(space, texts)
    assert values == {
        "depth": 3,
        "width": 64,
        "dropout": 0.0,
        "optimizer": "sgd",
        "rate": 0.001,
        "flag": True,
        "given": 3,
    }
    types = [type(value) for value in values.values()]
    assert types == [int, int, float, str, float, bool, int]
    assert spaces.parse_fixed(space, {"flag": "off"}) == {"flag": False}


@pytest.mark.parametrize(
    ("name", "text", "takes"),
    [
        ("depth", "5", "1 to 4"),
        ("depth", "0", "1 to 4"),
        ("depth", "2.5", "1 to 4"),
        ("depth", "", "1 to 4"),
        ("width", "17", "8, 16, 32, 64"),
        ("width", "wide", "8, 16, 32, 64"),
        ("dropout", "0.6", "0 to 0.5"),
        ("dropout", "nan", "0 to 0.5"),
        ("rate", "inf", "0.0001 to 0.01, logarithmic"),
        ("optimizer", "Adam", "adam, sgd"),
        ("flag", "maybe", "True, False"),
    ],
)
def test_values_out_of_range_are_refused(
    space: HyperParameters, name: str, text: str, takes: str
) -> None:
    space.Boolean("flag")
    with pytest.raises(SpaceError) as refused:
        spaces.parse_fixed(space, {name: text})
    message = str(refused.value)
    assert message.startswith(f"{name} takes {takes}")
    assert repr(text) in message


def test_misspelt_name_to_fix_is_refused_with_the_nearest(
    space: HyperParameters,
) -> None:
    with pytest.raises(SpaceError, match="did you mean 'depth'"):
        spaces.parse_fixed(space, {"dept": "3"})


def test_fingerprint_depends_on_the_space_and_the_file(space: HyperParameters) -> None:
    narrowed = spaces.narrow(space, ["depth"], {})
    fingerprints = {
        spaces.fingerprint(s, f) for s in (space, narrowed) for f in ("a", "b")
    }
    assert len(fingerprints) == 4
    assert spaces.fingerprint(space.copy(), "a") in fingerprints
