"""Chooses the network by which the generators of a board are judged, once."""

from __future__ import annotations

from pathlib import Path

from bench.errors import StoreError
from bench.records import CLASSIFICATION, StudyRecord, TrialRecord, Value
from bench.records.selection import best_trial
from bench.store import Store
from bench.study.prepare import Plan
from bench.study.progress import Display
from bench.training.evaluators import fid_network, inception
from bench.training.evaluators.samples import sample_count
from search_spaces import FAMILIES

UNFIT = ("linear", "transfer", "finetune")
"""Classifiers whose last layer but one says too little, or isn't theirs."""


def prepare(plan: Plan, store: Store, cache: Path, display: Display) -> dict[str, str]:
    """Have the network ready, and say what it is; nothing for other goals.

    Args:
        plan: Of the study that is to begin or to go on.
        store: Whose best classifier of the same images is taken; where there is none,
            one is trained on the spot.
        cache: Folder where the network stays.
        display: Is told, since that takes minutes.
    """
    path = plan.judging.within(cache, plan.task.record).features
    if path is None:
        return {}
    if not path.exists():
        _make(path, plan, store, display)
    told = fid_network.describe(path)
    count = sample_count(plan.task)
    return {
        "fid_network": told["name"],
        "fid_features": f"{told['text']}, over {count:,} images",
    }


def _make(path: Path, plan: Plan, store: Store, display: Display) -> None:
    if plan.spec.fid_network == "inception":
        inception.make(path, plan.task)
        return
    family, values, origin = _chosen(plan, store)
    display.prepares(
        f"training {family}, {origin}, whose features tell made from real images"
    )
    fid_network.make(path, plan.task, family, values, origin)


def check_same(known: StudyRecord, told: dict[str, str]) -> None:
    """Refuse to go on where other features would judge than did so far.

    Raises:
        StoreError: The network was lost, and another one made.
    """
    before = {name: known.versions.get(name) for name in told}
    if before != told:
        raise StoreError(
            "a study of generators goes on with the features that judged its trials; "
            f"{known.id[:8]} had {before['fid_features']}, now there are "
            f"{told['fid_features']}: start it over with --fresh"
        )


def _chosen(plan: Plan, store: Store) -> tuple[str, dict[str, Value], str]:
    """Family, hyperparameters and origin of the best classifier of these images."""
    found = [
        (best, study)
        for study in store.studies()
        if study.spec.goal == CLASSIFICATION
        and study.task.test_fingerprint == plan.task.record.test_fingerprint
        and study.spec.family in FAMILIES
        and study.spec.family not in UNFIT
        and (best := best_trial(store.trials(study.id), study.spec)) is not None
    ]
    if not found:
        return fid_network.ON_THE_SPOT, {}, "trained on the spot"
    best, study = max(found, key=lambda pair: _accuracy(pair[0]))
    values = dict(best.proposal.hyperparameters)
    return study.spec.family, values, f"the best of study {study.id[:8]}"


def _accuracy(trial: TrialRecord) -> float:
    assert trial.result is not None
    return trial.result.metrics["validation_accuracy"]
