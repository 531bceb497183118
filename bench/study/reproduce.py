"""Trains the finals of a study again, from its record, and compares the scores.

Imports Keras: ``bench.training.backend.start`` comes first.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from bench import datasets
from bench.errors import StudyError, UsageError, shown
from bench.records import (
    CLASSIFICATION,
    NO_PORTFOLIO,
    FinalRecord,
    ImageSource,
    Origin,
    Proposal,
    Resources,
    Role,
    StudyRecord,
    TrialResult,
    Value,
    study_id,
)
from bench.records.selection import tested_trial
from bench.records.wording import counted
from bench.store import CACHE, Store
from bench.study import kept_names, model_keeping, prepare
from bench.study.execution import StudyExecutor, make_executor
from bench.study.final_request import Final, final_request
from bench.study.prepare import PreparedStudy
from bench.study.reproduction import Reproduced, Reproduction
from bench.training import backend
from bench.training.evaluators.fid_network import with_features
from bench.training.final import FinalResult
from bench.training.request import FinalRequest
from search_spaces.parts.options import METRIC


def reproduce(
    store: Store,
    study: StudyRecord,
    role: Role,
    *,
    source: ImageSource,
    resources: Resources,
    keep: bool,
    tell: Callable[[str], None],
) -> Reproduction:
    """Train the finals of a study again.

    Args:
        store: Holds the study; nothing is written to it.
        study: The study; its data set and its family may lie elsewhere than recorded.
        role: Which of its configurations.
        source: Says where the images come from.
        resources: What trains.
        keep: Whether the trained models are kept, in place of those that are.
        tell: Shows a line of progress.

    Raises:
        BenchError: The study has no final, its data set or search space is another
            one now, or a training fails.
    """
    recorded = [f for f in store.finals(study.id, role) if f.error is None]
    best = tested_trial(study, store.trials(study.id))
    if not recorded or best is None:
        raise UsageError(
            f"a study is reproduced from its final trainings; {study.id[:8]} has none "
            "yet: give its search again"
        )
    prepared = _prepared(study, source, resources)
    _check_features(prepared, store.folder / CACHE)
    if keep:
        kept = replace(prepared, id=study.id)
        kept_names.follow(store.folder, study)
        model_keeping.begin(store.folder, kept, best.proposal.hyperparameters)
    requests = {
        final.seed: _limited(
            _request(store, prepared, study, best.proposal, final, keep),
            final,
            recorded,
        )
        for final in recorded
    }
    notes = _notes(study, prepared, recorded, is_moved=_is_moved(store, study))
    for note in notes:
        tell(note)
    results = _trained(prepared, requests, resources, store.folder / CACHE, tell)
    finals = [_compared(store, study, final, results[final.seed]) for final in recorded]
    return Reproduction(study=study, finals=tuple(finals), notes=notes)


def _prepared(
    study: StudyRecord, source: ImageSource, resources: Resources
) -> PreparedStudy:
    spec = study.spec
    task = datasets.load_again(spec, source, study.task)
    if task.record.fingerprint != study.task.fingerprint:
        raise UsageError(
            f"a study is reproduced on its own images; {shown(spec.dataset)} holds "
            "others now: bring those back, or say with --dataset PATH where they lie"
        )
    as_typed = tuple((name, str(value)) for name, value in spec.fixed)
    options = dict(spec.options)
    if spec.task_type.kind == CLASSIFICATION:  # older studies don't name their metric
        options[METRIC.name] = spec.task_type.ranked_by.name
    asked = replace(spec, fixed=as_typed, options=options)
    if spec.has_own_portfolio:  # its file may be gone, and nothing is searched
        asked = replace(asked, portfolio=NO_PORTFOLIO)
    prepared = prepare.prepare(asked, task, resources)
    recorded = replace(
        prepared.spec,
        portfolio=spec.portfolio,
        portfolio_digest=spec.portfolio_digest,
        part_rungs=spec.part_rungs,  # of its search, whatever this machine would do
        smallest_part=spec.smallest_part,
    )
    own = study_id(recorded, task.record.fingerprint, prepared.space_fingerprint)
    return replace(prepared, spec=recorded, id=own)


def _check_features(prepared: PreparedStudy, cache: Path) -> None:
    """Refuse to compare generators by another network than the recorded one."""
    network = with_features(
        prepared.evaluator_config, cache, prepared.task.record
    ).features
    if network is not None and not network.exists():
        raise UsageError(
            "generators are compared by the network that compared them before; "
            f"{shown(str(network))} is gone: search them anew with --fresh"
        )


def _request(
    store: Store,
    prepared: PreparedStudy,
    study: StudyRecord,
    best: Proposal,
    final: FinalRecord,
    keep: bool,
) -> FinalRequest:
    values = best.hyperparameters
    if final.role is Role.DEFAULT:
        values = _recorded_default(store, prepared, study)
    request = final_request(
        prepared, best, Final(role=final.role, seed=final.seed, hyperparameters=values)
    )
    if keep:
        kept = model_keeping.keep(
            store.folder, replace(prepared, id=study.id), final.role, final.seed
        )
        request = replace(request, keep=kept)
    return request


def _recorded_default(
    store: Store, prepared: PreparedStudy, study: StudyRecord
) -> Mapping[str, Value]:
    """The default configuration as it was tried, or that of today if it wasn't."""
    tried = (t.proposal for t in store.trials(study.id))
    defaults = (p.hyperparameters for p in tried if p.origin is Origin.DEFAULT)
    values = next(defaults, prepared.default)
    assert values is not None  # it was trained
    return values


def _limited(
    request: FinalRequest, final: FinalRecord, recorded: list[FinalRecord]
) -> FinalRequest:
    """The request for as many epochs as time left to a recorded training.

    Seeds that were asked for later had the epochs of those that time cut short. One
    that ended within these ends there by itself, whatever its limit was.
    """
    cut = [max(1, other.epochs) for other in recorded if other.is_cut_short]
    request = replace(request, planned=final.planned)
    if final.is_cut_short:
        return replace(request, epochs=max(1, final.epochs))
    if final.epochs <= max(cut, default=0):
        return replace(request, epochs=max(cut))
    return request


def _is_moved(store: Store, study: StudyRecord) -> bool:
    """Whether a study is given with other places than it is recorded with."""
    recorded = store.study(study.id)
    return recorded is None or recorded.spec != study.spec


def _notes(
    study: StudyRecord,
    prepared: PreparedStudy,
    finals: list[FinalRecord],
    *,
    is_moved: bool,
) -> tuple[str, ...]:
    now = backend.versions(study.spec.backend)
    changed = [
        f"{name} {study.versions[name]} is {version} now"
        for name, version in now.items()
        # Older records lack some, such as the processor.
        if study.versions.get(name, version) != version
    ]
    notes = []
    if changed:
        notes.append(f"versions differ from the recorded ones: {', '.join(changed)}")
    # The identity of a study holds the places and the portfolio too.
    is_comparable = not is_moved and not study.spec.has_own_portfolio
    if prepared.id != study.id and is_comparable:
        notes.append(
            "the code of the family or of its layers, or the family's portfolio, has "
            "changed since"
        )
    if any(final.is_shortened for final in finals):
        notes.append(
            "time was short in the recorded trainings; they are trained for the epochs "
            "that they had"
        )
    return tuple(notes)


def _trained(
    prepared: PreparedStudy,
    requests: dict[int, FinalRequest],
    resources: Resources,
    cache: Path,
    tell: Callable[[str], None],
) -> dict[int, FinalResult]:
    """Results of final trainings by seed."""
    with (
        closing(prepared),
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        closing(make_executor(prepared, resources, Path(folder), cache)) as executor,
    ):
        return _collected(executor, requests, tell)


def _collected(
    executor: StudyExecutor,
    requests: dict[int, FinalRequest],
    tell: Callable[[str], None],
) -> dict[int, FinalResult]:
    results: dict[int, FinalResult] = {}
    waiting = dict(requests)
    while waiting or executor.in_flight:
        while waiting and executor.free > 0:
            seed = next(iter(waiting))
            executor.submit(seed, waiting.pop(seed))
        seed, result = executor.collect(lambda key, epoch: True)
        if isinstance(result, TrialResult):
            raise StudyError(
                f"a final training must end with a test; that of seed {seed} failed "
                f"with {result.error}"
            )
        assert isinstance(result, FinalResult)
        tell(
            f"seed {seed}: {counted(result.record.epochs, 'epoch')}, "
            f"{result.record.seconds:.1f} s"
        )
        results[seed] = result
    return results


def _compared(
    store: Store, study: StudyRecord, final: FinalRecord, result: FinalResult
) -> Reproduced:
    name = f"test_{study.spec.task_type.ranked_by.name}"
    before = store.outputs(study.id, final.seed, final.role).get("probabilities")
    now = result.outputs.get("probabilities")
    largest = None
    if before is not None and now is not None and before.shape == now.shape:
        # The store keeps probabilities in half precision.
        largest = float(abs(before - now.astype(before.dtype)).max())
    return Reproduced(
        seed=final.seed,
        recorded=final.metrics[name],
        again=result.record.metrics[name],
        predictions=largest,
    )
