"""Studies that are asked for again with more seeds, or with fewer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import report
from bench.records import (
    Budget,
    ImageSource,
    Resources,
    Role,
    StudyRecord,
    StudySpec,
    StudyState,
    study_id,
)
from bench.store import Store

DENSE = StudySpec(
    family="dense",
    tuner="random",
    budget=Budget(trials=2, epochs=1),
    seeds=1,
    only=("dropout",),
    fixed=(("batch_size", "32"), ("units", "64")),
)
TWO = replace(DENSE, seeds=2)


@pytest.fixture
def run(run_study: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Runs a study in the test's folder; returns its progress."""

    def run(spec: StudySpec, interrupt: str | None = None, **options: Any) -> Any:
        return run_study(spec, tmp_path, interrupt, **options)

    return run


def seeds(folder: Path, role: Role = Role.FINAL) -> list[int]:
    with Store(folder, read_only=True) as store:
        (study,) = store.studies()
        return [final.seed for final in store.finals(study.id, role)]


@pytest.mark.usefixtures("search_wins")
def test_more_seeds_are_trained_without_a_new_search_and_fewer_are_reported(
    run: Callable, stored: Callable, tmp_path: Path
) -> None:
    run(DENSE)
    before = stored(tmp_path)
    again = run(TWO)
    record, trials, finals = stored(tmp_path)
    assert again.count("trial", "started") == 0
    assert record.id == before[0].id
    assert trials == before[1]
    assert finals[0] == before[2][0]
    assert (record.state, record.spec.seeds) == (StudyState.FINISHED, 2)
    assert seeds(tmp_path) == seeds(tmp_path, Role.DEFAULT) == [0, 1]
    with Store(tmp_path, read_only=True) as store:
        (board,) = report.boards(store)
    searched = [row for row in board.rows if not row.is_reference]
    assert [row.seeds for row in searched] == [2, 2]
    assert run(DENSE).events == ["already finished"]
    assert stored(tmp_path) == (record, trials, finals)


@pytest.mark.slow
def test_interrupted_raise_ends_where_fewer_seeds_are_asked_for_and_goes_on(
    run: Callable, stored: Callable, tmp_path: Path
) -> None:
    one = replace(DENSE, skip_default=True)
    run(one)
    raised = run(replace(one, seeds=3), "seed 1 ended")
    assert raised.events[-1] == "interrupted"
    assert stored(tmp_path)[0].state is StudyState.UNFINISHED
    assert run(one).count("seed", "ended") == 0
    record, _, finals = stored(tmp_path)
    assert (record.state, record.spec.seeds) == (StudyState.FINISHED, 2)
    assert [final.seed for final in finals] == [0, 1]
    assert run(replace(one, seeds=3)).count("seed", "ended") == 1
    assert seeds(tmp_path) == [0, 1, 2]


@pytest.mark.slow
@pytest.mark.parametrize("asked", [1, 3])
def test_interrupted_search_goes_on_with_other_seeds(
    asked: int, run: Callable, stored: Callable, tmp_path: Path
) -> None:
    spec = replace(DENSE, skip_default=True, seeds=2)
    run(spec, "trial 0 ended")
    again = run(replace(spec, seeds=asked))
    assert again.count("trial", "started") == 1
    record, _, finals = stored(tmp_path)
    assert record.state is StudyState.FINISHED
    assert len(finals) == record.spec.seeds == asked


@pytest.mark.slow
def test_fresh_study_forgets_one_that_had_other_seeds(
    run: Callable, stored: Callable, tmp_path: Path
) -> None:
    run(replace(DENSE, skip_default=True))
    run(replace(DENSE, skip_default=True, seeds=2), fresh=True)
    record, _, finals = stored(tmp_path)  # it is the only one
    assert len(finals) == record.spec.seeds == 2


def test_seeds_asked_for_later_get_the_epochs_that_time_left_to_others(
    run: Callable, stored: Callable, write_family: Callable[[str], str], tmp_path: Path
) -> None:
    spec = StudySpec(
        family=write_family(),
        budget=Budget(trials=9, epochs=9, seconds=0.01),
        seeds=1,
        skip_default=True,
    )
    run(spec)
    again = run(replace(spec, seeds=3))
    _, trials, finals = stored(tmp_path)
    assert len(trials) == 1
    assert [(final.seed, final.epochs) for final in finals] == [(0, 1), (1, 1), (2, 1)]
    assert [final.is_cut_short for final in finals] == [True, False, False]
    assert "doesn't count against --time" in " ".join(again.said)


@pytest.mark.slow
def test_seeds_asked_for_later_are_reproduced(
    run: Callable, write_family: Callable[[str], str], dataset: str, tmp_path: Path
) -> None:
    from bench.study.reproduce import reproduce

    spec = StudySpec(
        family=write_family(),
        dataset=dataset,
        validation_fraction=0.2,
        test_fraction=0.2,
        budget=Budget(trials=9, epochs=9, seconds=0.01),
        seeds=1,
        skip_default=True,
    )
    run(spec)
    run(replace(spec, seeds=2))
    with Store(tmp_path, read_only=True) as store:
        again = reproduce(
            store,
            store.studies()[0],
            Role.FINAL,
            source=ImageSource(),
            resources=Resources(workers=0),
            keep=False,
            tell=lambda line: None,
        )
    assert [final.difference for final in again.finals][1] == 0


@pytest.mark.slow
def test_seeds_asked_for_later_train_to_their_end_where_others_did(
    run: Callable, stored: Callable, write_family: Callable[[str], str], tmp_path: Path
) -> None:
    spec = StudySpec(
        family=write_family(),
        tuner="random",
        budget=Budget(trials=1, epochs=3, patience=3, seconds=1000.0),
        seeds=1,
        skip_default=True,
    )
    run(spec)
    with Store(tmp_path) as store:  # all of the time was spent
        store.add_seconds(store.studies()[0].id, 1000.0)
    run(replace(spec, seeds=2))
    finals = stored(tmp_path)[2]
    assert [(final.seed, final.epochs) for final in finals] == [(0, 3), (1, 3)]


def test_stores_with_a_study_for_each_number_of_seeds_are_read_as_before(
    prepare: Callable, tmp_path: Path
) -> None:
    """Before seeds could be raised, another number of them was another study."""
    from bench.study import growth

    prepared = {n: prepare(replace(DENSE, seeds=n)) for n in (1, 2, 3, 5, 9)}
    with Store(tmp_path) as store:
        for n in (2, 5):
            one = prepared[n]
            store.add_task(one.task.record, one.task.samples())
            store.add_study(
                StudyRecord(
                    id=study_id(
                        one.spec, one.task.record.fingerprint, one.space_fingerprint
                    ),
                    spec=one.spec,
                    task=one.task.record,
                    state=StudyState.FINISHED,
                    created=float(n),
                )
            )
        found = {n: growth.stored(one.identity, store) for n, one in prepared.items()}
        assert {n: study.spec.seeds for n, study in found.items() if study} == {
            1: 2,
            2: 2,
            3: 5,
            5: 5,
            9: 5,
        }
        raised = growth.grown(found[2], prepared[3], store)
        assert store.study(raised.id) == raised
        assert growth.stored(prepared[2].identity, store) == raised
        other = prepare(replace(DENSE, seeds=2, seed=1))
        assert growth.stored(other.identity, store) is None
