"""Chooses the FID network of a board, once: it compares all generated images."""

from __future__ import annotations

from pathlib import Path

from bench.errors import StoreError
from bench.records import CLASSIFICATION, StudyRecord, TrialRecord, Value
from bench.records.selection import tested_trial
from bench.store import Store
from bench.study.prepare import PreparedStudy
from bench.study.progress import Progress
from bench.training import fid_classifier
from bench.training.evaluators import fid_network, inception
from bench.training.evaluators.fid_network import with_features
from bench.training.evaluators.samples import sample_count
from search_spaces import FAMILIES


def prepare(
    prepared: PreparedStudy, store: Store, cache: Path, progress: Progress
) -> dict[str, str]:
    """Make sure that the FID network of a task exists.

    The network is a classifier of the task's images: the best one in the store, else
    one that is trained now, which takes minutes. It is trained once and kept.

    Args:
        prepared: The study that is to begin or to go on.
        store: Holds the classifiers.
        cache: Folder where the network is kept.
        progress: Told if a network is trained.

    Returns:
        ``fid_network`` and ``fid_features``, which describe the network; empty for
        studies of other task types.
    """
    config = with_features(prepared.evaluator_config, cache, prepared.task.record)
    path = config.features
    if path is None:
        return {}
    if not path.exists():
        _make(path, prepared, store, progress)
    description = fid_network.describe(path)
    count = sample_count(prepared.task)
    return {
        "fid_network": description["name"],
        "fid_features": f"{description['text']}, over {count:,} images",
    }


def _make(
    path: Path, prepared: PreparedStudy, store: Store, progress: Progress
) -> None:
    if prepared.evaluator_config.options["fid_network"] == "inception":
        inception.make(path, prepared.task)
        return
    family, values, origin = _best_classifier(prepared, store)
    progress.prepares(
        f"training {family}, {origin}, whose features compare generated with real "
        "images"
    )
    fid_classifier.make(path, prepared.task, family, values, origin)


def check_same(study: StudyRecord, versions: dict[str, str]) -> None:
    """Refuse to go on with other features than those that compared images so far.

    Raises:
        StoreError: The network was lost, and another one trained.
    """
    before = {name: study.versions.get(name) for name in versions}
    if before != versions:
        raise StoreError(
            "a study of generators goes on with the features that it began with; "
            f"{study.id[:8]} had {before['fid_features']}, now there are "
            f"{versions['fid_features']}: start it over with --fresh"
        )


def _best_classifier(
    prepared: PreparedStudy, store: Store
) -> tuple[str, dict[str, Value], str]:
    """Family, hyperparameters and origin of the best classifier of these images."""
    classifiers = [
        (best, study)
        for study in store.studies()
        if study.spec.task_type.kind == CLASSIFICATION
        and study.task.test_fingerprint == prepared.task.record.test_fingerprint
        and study.spec.family in FAMILIES
        and FAMILIES[study.spec.family].gives_features
        and (best := tested_trial(study, store.trials(study.id))) is not None
    ]
    if not classifiers:
        return fid_classifier.DEFAULT_FAMILY, {}, "trained on the spot"
    best, study = max(classifiers, key=lambda pair: _accuracy(pair[0]))
    values = dict(best.proposal.hyperparameters)
    return study.spec.family, values, f"the best of study {study.id[:8]}"


def _accuracy(trial: TrialRecord) -> float:
    assert trial.result is not None
    return trial.result.metrics["validation_accuracy"]
