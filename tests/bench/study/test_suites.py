"""Suites: files that name many studies."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.study import suites
from search_spaces import FAMILIES

SHIPPED = sorted((Path(__file__).parents[3] / "suites").glob("*.toml"))


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "suite.toml"
    path.write_text(text)
    return path


def test_lists_are_crossed_and_studies_of_one_task_stand_together(
    tmp_path: Path,
) -> None:
    path = write(
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
    requests = suites.read(path, {})
    tasks = [(r.specs[0].dataset, r.specs[0].seed) for r in requests]
    assert tasks == [("digits", 0), ("digits", 1), ("mnist", 0), ("mnist", 1)]
    for request in requests:
        assert {(s.dataset, s.seed) for s in request.specs} == {
            (request.specs[0].dataset, request.specs[0].seed)
        }
        assert [(s.tuner, s.family) for s in request.specs] == [
            ("random", "vgg"),
            ("random", "lenet"),
            ("bayesian", "vgg"),
            ("bayesian", "lenet"),
        ]
        assert {s.budget.trials for s in request.specs} == {3}
        assert {s.budget.seconds for s in request.specs} == {90}
        assert {s.fixed for s in request.specs} == {(("optimizer", "adam"),)}


def test_repeats_are_requests_with_a_seed_each(tmp_path: Path) -> None:
    path = write(tmp_path, 'family = ["vgg", "lenet"]\nrepeats = 3\nseed = 5')
    requests = suites.read(path, {})
    assert [{s.seed for s in request.specs} for request in requests] == [{5}, {6}, {7}]
    assert len([row for each in requests for row in suites.listed(each)]) == 6
    path = write(tmp_path, 'family = "vgg"\nrepeats = 100\nseed = [' + "1," * 101 + "]")
    with pytest.raises(BenchError, match="asks for 10,100"):
        suites.read(path, {})


def test_tables_add_to_what_stands_above_them(tmp_path: Path) -> None:
    path = write(
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
    requests = suites.read(path, {"weights": "random"})
    specs = [request.specs[0] for request in requests]
    assert [(s.dataset, s.budget.trials, s.image_size) for s in specs] == [
        ("digits", 3, None),
        ("mnist", 5, (32, 32)),
    ]
    assert {request.variants for request in requests} == {"loss"}
    # Only pretrained families take weights.
    assert [dict(spec.options) for spec in specs] == [{}, {}]
    path = write(tmp_path, 'family = ["vgg", "transfer"]')
    [request] = suites.read(path, {"weights": "random"})
    assert [dict(s.options) for s in request.specs] == [{}, {"weights": "random"}]


def test_options_of_a_task_type_go_to_its_families(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
        family = ["vgg", "autoencoder"]
        noise_mean = 0
        min_compression = 4
        """,
    )
    [request] = suites.read(path, {})
    vgg, autoencoder = request.specs
    assert dict(vgg.options) == {}
    assert dict(autoencoder.options) == {"noise_mean": 0.0, "min_compression": 4.0}
    assert {type(value) for value in autoencoder.options.values()} == {float}


def test_options_of_the_command_take_precedence(tmp_path: Path) -> None:
    path = write(tmp_path, 'family = "transfer"\nweights = "theirs.h5"')
    options = {
        "weights": "ours.h5",
        "workers": 1,
        "data": tmp_path,
        "trial_timeout": "2m",
        "results": tmp_path / "results",
        "quiet": True,
    }
    [request] = suites.read(path, options)
    assert request.specs[0].options["weights"] == "ours.h5"
    assert request.source.data == tmp_path
    assert (request.resources.workers, request.resources.trial_timeout) == (1, 120)
    assert (request.results, request.quiet) == (tmp_path / "results", True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("family = [", "must be a TOML file"),
        ('dataset = "digits"', "must name families"),
        ('family = "vgg"\nfamilies = "lenet"', "did you mean 'family'"),
        ('family = "vgf"', "did you mean 'vgg'"),
        ('family = ["vgg", 3]', "named by text, not 3"),
        ('family = "vgg"\ntrials = 0', "--trials must lie between 1 and"),
        ('family = "vgg"\nseeds = 2.5', "--seeds takes a whole number, not 2.5"),
        ('family = "vgg"\nseeds = true', "--seeds takes a whole number, not True"),
        ('family = "vgg"\ntrials = "x"', "--trials takes a whole number, not 'x'"),
        ('family = "vgg"\ntest_fraction = "x"', "--test-fraction takes a number"),
        ('family = "vgg"\nbackend = 3', "--backend takes text, not 3"),
        ('family = "vgg"\nimage_size = 4.5', "--image-size takes N or"),
        ('family = "vgg"\ntime = "soon"', "--time takes a duration"),
        ('family = "autoencoder"\nnoise_mean = "x"', "--noise-mean takes a number"),
        ('family = "vgg"\nworkers = 2', "unknown option of a suite 'workers'"),
        ('family = "vgg"\nresults = "there"', "unknown option of a suite 'results'"),
        ('family = "vgg"\nstudies = 3', "must be tables"),
        ("family = []", "must name studies"),
        ('family = "vgg"\ndataset = []', "must name studies"),
        (
            'family = "vgg"\n[[studies]]\n[[studies]]\nseeds = 2.5',
            r"such as 3 \(in studies\[1\] of '.*suite.toml'\)",
        ),
    ],
)
def test_wrong_suite_is_refused_in_one_line(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(BenchError, match=message) as refused:
        suites.read(write(tmp_path, text), {})
    assert refused.value.exit_code == 2
    assert "\n" not in str(refused.value)


def test_suite_on_two_backends_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.training.backend.choose", lambda name: name)
    text = '[[studies]]\nbackend = "jax"\n[[studies]]\nbackend = "torch"'
    with pytest.raises(BenchError, match="not on jax and torch"):
        suites.read(write(tmp_path, f'family = "vgg"\n{text}'), {})


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="can't be read"):
        suites.read(tmp_path / "none.toml", {})


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_suites_can_be_read(path: Path) -> None:
    requests = suites.read(path, {})
    assert all(suites.listed(request) for request in requests)


def test_quick_suite_has_every_family_of_classifiers() -> None:
    [quick] = [path for path in SHIPPED if path.stem == "quick"]
    [request] = suites.read(quick, {})
    assert {spec.family for spec in request.specs} == {
        name for name, entry in FAMILIES.items() if entry.task_type == "classification"
    }
