"""Suites: files that name many studies."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.study import suites
from search_spaces import FAMILIES

SHIPPED = sorted((Path(__file__).parents[2] / "suites").glob("*.toml"))


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "suite.toml"
    path.write_text(text)
    return path


def test_lists_are_crossed_and_studies_of_one_task_stand_together(
    tmp_path: Path,
) -> None:
    path = written(
        tmp_path,
        """
        dataset = ["digits", "mnist"]
        seed = [0, 1]
        family = ["vgg", "lenet"]
        tuner = ["random", "bayesian"]
        trials = 3
        time = "90s"
        fix = ["optimizer=adam"]
        """,
    )
    groups = suites.read(path)
    tasks = [(g.specs[0].dataset, g.specs[0].seed) for g in groups]
    assert tasks == [("digits", 0), ("digits", 1), ("mnist", 0), ("mnist", 1)]
    for group in groups:
        assert {(s.dataset, s.seed) for s in group.specs} == {
            (group.specs[0].dataset, group.specs[0].seed)
        }
        assert [(s.tuner, s.family) for s in group.specs] == [
            ("random", "vgg"),
            ("random", "lenet"),
            ("bayesian", "vgg"),
            ("bayesian", "lenet"),
        ]
        assert {s.budget.trials for s in group.specs} == {3}
        assert {s.budget.seconds for s in group.specs} == {90}
        assert {s.fixed for s in group.specs} == {(("optimizer", "adam"),)}


def test_tables_add_to_what_stands_above_them(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        family = "vgg"
        trials = 3
        variants = "loss"
        [[studies]]
        dataset = "digits"
        [[studies]]
        dataset = "mnist"
        trials = 5
        image_size = 32
        """,
    )
    found = [(g.specs[0], g.variants) for g in suites.read(path, weights="random")]
    assert [(s.dataset, s.budget.trials, s.image_size) for s, _ in found] == [
        ("digits", 3, None),
        ("mnist", 5, (32, 32)),
    ]
    assert {v for _, v in found} == {"loss"}
    # Only families that are pretrained take weights.
    assert {s.weights for s, _ in found} == {None}
    path = written(tmp_path, 'family = ["vgg", "transfer"]')
    [group] = suites.read(path, weights="random")
    assert [s.weights for s in group.specs] == [None, "random"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("family = [", "must be a TOML file"),
        ('dataset = "digits"', "must name families"),
        ('family = "vgg"\nfamilies = "lenet"', "did you mean 'family'"),
        ('family = "vgf"', "did you mean 'vgg'"),
        ('family = "vgg"\ntrials = 0', "--trials must be 1 or more"),
        ('family = "vgg"\nstudies = 3', "must be tables"),
        ("family = []", "must name studies"),
        ('family = "vgg"\ndataset = []', "must name studies"),
    ],
)
def test_what_a_suite_may_not_say_is_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(BenchError, match=said) as refused:
        suites.read(written(tmp_path, text))
    assert refused.value.exit_code == 2
    assert "\n" not in str(refused.value)


def test_suite_on_two_backends_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.training.backend.choose", lambda name: name)
    text = '[[studies]]\nbackend = "jax"\n[[studies]]\nbackend = "torch"'
    with pytest.raises(BenchError, match="not on jax and torch"):
        suites.read(written(tmp_path, f'family = "vgg"\n{text}'))


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="can't be read"):
        suites.read(tmp_path / "none.toml")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_suites_can_be_read(path: Path) -> None:
    groups = suites.read(path)
    assert all(suites.listed(group) for group in groups)


def test_quick_suite_has_every_classifier() -> None:
    [quick] = [path for path in SHIPPED if path.stem == "quick"]
    [group] = suites.read(quick)
    assert {spec.family for spec in group.specs} == {
        name for name, entry in FAMILIES.items() if entry.goal == "classification"
    }
