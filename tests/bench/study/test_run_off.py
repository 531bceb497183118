"""Studies whose default configuration takes the place of the best one."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest

from bench import report
from bench.records import Budget, Origin, Role, StudySpec, StudyState
from bench.store import Store, model_file, model_folder

ROLES = (Role.FINAL, Role.DEFAULT, Role.RUNNER_UP)


FAMILY = """
import keras


def build(hp):
    hp.Fixed("batch_size", 64)
    model = keras.Sequential(
        [
            keras.layers.Input((6, 6, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(hp.Int("units", 4, 40), activation="relu"),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(hp.Choice("learning_rate", [1e-9, 0.1])),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
"""
"""Its default configuration learns nothing, so that another trial is the best."""


@pytest.fixture(scope="module")
def spec(dataset: str, tmp_path_factory: pytest.TempPathFactory) -> StudySpec:
    path = tmp_path_factory.mktemp("family") / "slow.py"
    path.write_text(FAMILY)
    return StudySpec(
        family=f"{path}:build",
        dataset=dataset,
        tuner="random",
        budget=Budget(trials=3, epochs=1),
        seeds=1,
    )


@pytest.fixture
def default_wins(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Says which configuration validates better; the trainings are real."""
    from bench.study import run_off

    def decide(wins: bool) -> None:
        monkeypatch.setattr(
            run_off,
            "is_default_better",
            lambda best, default, task_type: bool(best and default and wins),
        )

    return decide


def roles(folder: Path) -> dict[str, list[int]]:
    """Numbers of parameters of the final trainings, by role."""
    with Store(folder, read_only=True) as store:
        (study,) = store.studies()
        return {
            role: [final.parameters for final in store.finals(study.id, role)]
            for role in ROLES
        }


def kept(folder: Path) -> dict[str, int]:
    """Numbers of parameters of the kept models, by role."""
    import keras

    with Store(folder, read_only=True) as store:
        (study,) = store.studies()
    files = {role: model_file(folder, study.id, role, 0) for role in ROLES}
    return {
        role: keras.models.load_model(file, compile=False).count_params()
        for role, file in files.items()
        if file.exists()
    }


def test_default_that_validates_better_is_the_result_of_the_study(
    default_wins: Callable, run_study: Callable, spec: StudySpec, tmp_path: Path
) -> None:
    default_wins(False)
    run_study(spec, tmp_path / "stays")
    default_wins(True)
    progress = run_study(spec, tmp_path / "moves")
    before, after = (roles(tmp_path / name) for name in ("stays", "moves"))
    assert before[Role.DEFAULT] != before[Role.FINAL]
    assert after[Role.FINAL] == before[Role.DEFAULT]
    assert after[Role.RUNNER_UP] == before[Role.FINAL]
    assert after[Role.DEFAULT] == []
    assert [text for text in progress.said if "takes its place" in text]
    kept_before, kept_after = (kept(tmp_path / name) for name in ("stays", "moves"))
    assert kept_after == {
        Role.FINAL: kept_before[Role.DEFAULT],
        Role.RUNNER_UP: kept_before[Role.FINAL],
    }
    with Store(tmp_path / "moves", read_only=True) as store:
        (study,) = store.studies()
        (final,) = store.finals(study.id)
        assert final.role is Role.FINAL
        assert "mistakes" in store.outputs(study.id, 0)
        assert store.epochs(study.id, Role.FINAL, 0)
        (board,) = report.boards(store)
        best = board.results[0].best
    assert best is not None
    assert best.proposal.origin is Origin.DEFAULT
    assert study.state is StudyState.FINISHED
    folder = model_folder(tmp_path / "moves", study.id)
    fixed = tomllib.loads((folder / "best.toml").read_text())["fix"]
    assert fixed["units"] == best.proposal.hyperparameters["units"]
    (row,) = (row for row in board.rows if row.study == study.id)
    assert row.hyperparameters == best.proposal.hyperparameters
    assert "takes its place" in row.note
    assert board.looks.configurations == 2  # both were tested


def test_more_seeds_train_what_took_the_place_and_a_longer_search_decides_anew(
    default_wins: Callable, run_study: Callable, spec: StudySpec, tmp_path: Path
) -> None:
    default_wins(True)
    run_study(spec, tmp_path)
    first = roles(tmp_path)
    more = run_study(replace(spec, seeds=2), tmp_path)
    assert [e for e in more.events if e.endswith("ended")] == ["seed 1 ended"]
    assert roles(tmp_path)[Role.FINAL] == first[Role.FINAL] * 2
    assert roles(tmp_path)[Role.RUNNER_UP] == first[Role.RUNNER_UP]
    default_wins(False)
    longer = replace(spec, seeds=2, budget=replace(spec.budget, trials=4))
    stopped = run_study(longer, tmp_path, "trial 3 ended")
    assert stopped.events[-1] == "interrupted"
    # What the row shows is what the models are, while the search goes on too.
    shown = {role: counts[0] for role, counts in roles(tmp_path).items() if counts}
    assert kept(tmp_path) == shown
    run_study(longer, tmp_path)
    last = roles(tmp_path)
    assert last[Role.DEFAULT] == first[Role.FINAL] * 2
    assert last[Role.RUNNER_UP] == []
    assert kept(tmp_path) == {
        Role.FINAL: last[Role.FINAL][0],
        Role.DEFAULT: last[Role.DEFAULT][0],
    }
    with Store(tmp_path, read_only=True) as store:
        assert store.studies()[0].chosen is None


@pytest.mark.parametrize("wins", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_study_that_lost_its_final_trainings_trains_the_best_trial_again(
    wins: bool,
    default_wins: Callable,
    run_study: Callable,
    spec: StudySpec,
    tmp_path: Path,
) -> None:
    default_wins(True)
    run_study(spec, tmp_path)
    first = roles(tmp_path)
    with Store(tmp_path) as store:
        (study,) = store.studies()
        store.remove_finals(study.id, {Role.FINAL})
        store.set_study_state(study.id, StudyState.UNFINISHED)
    default_wins(wins)
    run_study(spec, tmp_path)
    last = roles(tmp_path)
    if wins:
        assert last == first
    else:
        assert last[Role.FINAL] == first[Role.RUNNER_UP]
        assert last[Role.DEFAULT] == first[Role.FINAL]
    assert kept(tmp_path)[Role.FINAL] == last[Role.FINAL][0]


@pytest.mark.parametrize(
    ("workers", "seeds", "expected"),
    [
        (2, 3, True),
        (2, 1, True),
        (4, 5, True),
        (1, 3, False),
        (2, 2, False),
        (4, 3, False),
    ],
)
def test_first_seed_decides_where_all_trainings_take_no_more_rounds(
    workers: int, seeds: int, expected: bool
) -> None:
    assert comes_first(workers, seeds) is expected


@pytest.mark.parametrize(
    "differs",
    [
        {"left": None},
        {"default": None},
        {"default": {"units": 5}},
        {"at_once": 3},
        {"affordable": 1},
    ],
    ids=str,
)
def test_first_seed_decides_nothing_without_need_or_time(differs: Any) -> None:
    assert not comes_first(2, 3, **differs)


def comes_first(
    workers: int,
    seeds: int,
    *,
    left: float | None = 60.0,
    default: Mapping[str, int] | None = MappingProxyType({"units": 4}),
    at_once: int = 1,
    affordable: int = 9,
) -> bool:
    from bench.study import run_off

    context: Any = SimpleNamespace(
        prepared=SimpleNamespace(default=default, folds=None),
        concurrency=workers,
        time_budget=SimpleNamespace(left=left),
        seeds_at_once=at_once,
    )
    best: Any = SimpleNamespace(proposal=SimpleNamespace(hyperparameters={"units": 5}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_off, "affordable_rounds", lambda *_: affordable)
        return run_off.comes_first(context, best, range(seeds))
