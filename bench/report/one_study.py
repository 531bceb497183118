"""Everything that the store says about one study, in sections of facts and tables."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.errors import command
from bench.records import Origin, Role, StudyRecord, TrialRecord, TrialState
from bench.records.durations import duration
from bench.records.selection import tested_trial, validation_score, whole_trials
from bench.records.wording import counted
from bench.report import cells
from bench.report.command import search_command
from bench.report.ensembles import ensemble_members
from bench.report.findings import remarks
from bench.report.remark import Severity
from bench.report.results import results_of
from bench.store import Store, model_files, model_folder


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of a description.

    Attributes:
        title: Its heading.
        facts: Values by their names.
        rows: A table, with the same keys in each row.
        text: Lines as they are, such as a model's summary.
    """

    title: str
    facts: dict[str, Any] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    text: str = ""


def sections(store: Store, study: StudyRecord, role: Role) -> list[Section]:
    """Describe a study.

    Args:
        store: Holds it.
        study: The study.
        role: Whose configuration, final trainings and learning curves are shown.
    """
    return [
        _study(store, study),
        _task(study),
        _data(study),
        *_failures(store, study),
        _configuration(store, study, role),
        _finals(store, study, role),
        *_ensemble(store, study),
        _curve(store, study, role),
        Section(title="Versions", facts=dict(study.versions)),
    ]


def _study(store: Store, study: StudyRecord) -> Section:
    kept = model_files(store.folder, study.id)
    created = time.localtime(study.created)
    facts = {
        "id": study.id,
        "family": study.spec.family,
        "command": search_command(study.spec, command()),
        "state": str(study.state),
        "message": study.message,
        "begun": time.strftime("%Y-%m-%d %H:%M", created),
        "time": duration(study.seconds),
        "trials": results_of(store, study).ended_text,
        "models": (
            f"{counted(len(kept), 'file')} in {model_folder(store.folder, study.id)}"
            if kept
            else "none kept"
        ),
    }
    return Section(title="Study", facts={k: v for k, v in facts.items() if v != ""})


def _task(study: StudyRecord) -> Section:
    task, spec = study.task, study.spec
    return Section(
        title="Task",
        facts={
            "data set": task.dataset,
            "task type": spec.task_type.kind,
            "images": (
                f"{task.train:,} training, {task.validation:,} validation, "
                f"{task.test:,} test"
            ),
            "shape": "x".join(map(str, task.image_shape)),
            "classes": f"{len(task.class_names)}: {', '.join(task.class_names[:20])}",
            "seed of the split": task.seed,
            "fingerprint": task.fingerprint,
        },
    )


def _data(study: StudyRecord) -> Section:
    said = [
        remark.text
        if remark.severity is Severity.NOTE
        else f"{remark.severity}: {remark.text}"
        for remark in remarks(study.task)
    ]
    return Section(title="Data", text="\n".join(said) or "not examined yet")


def _failures(store: Store, study: StudyRecord) -> Iterator[Section]:
    """The trials that failed, if any did."""
    rows = [
        {
            "trial": trial.number,
            "error": trial.result.error,
            "hyperparameters": cells.hyperparameters(trial.proposal.hyperparameters),
        }
        for trial in store.trials(study.id)
        if trial.result is not None and trial.is_failure
    ]
    if rows:
        yield Section(title="Failed trials", rows=rows)


def _configuration(store: Store, study: StudyRecord, role: Role) -> Section:
    trials = store.trials(study.id)
    if role is Role.DEFAULT:
        every = whole_trials(trials, study.spec)  # also those on a part of the images
        title, trial = "Default configuration", _default(every)
    else:
        title, trial = "Best configuration", tested_trial(study, trials)
    if trial is None or trial.result is None:
        return Section(title=title, text="no trial of it has finished")
    objective = study.spec.task_type.objective
    score = validation_score(trial, study.spec.task_type)
    return Section(
        title=title,
        facts={
            **trial.proposal.hyperparameters,
            "(trial)": trial.number,
            f"(validation {objective.label})": _rounded(score),
            "(best epoch)": trial.result.best_epoch,
            "(parameters)": f"{trial.result.parameters:,}",
            **_decision(store, study, role),
        },
    )


def _decision(store: Store, study: StudyRecord, role: Role) -> dict[str, str]:
    """Why the best configuration is not that of the best trial, if so."""
    decision = results_of(store, study).decision if role is Role.FINAL else ""
    return {"(why)": decision} if decision else {}


def _default(trials: Sequence[TrialRecord]) -> TrialRecord | None:
    """The last trial of the default configuration, which was trained longest."""
    finished = (trial for trial in trials if trial.state is TrialState.FINISHED)
    tried = [trial for trial in finished if trial.proposal.origin is Origin.DEFAULT]
    return tried[-1] if tried else None


def _finals(store: Store, study: StudyRecord, role: Role) -> Section:
    metric = study.spec.task_type.ranked_by
    rows = [
        {
            "seed": final.seed,
            f"test_{metric.label}": metric.text(final.metrics[f"test_{metric.name}"]),
            "best_epoch": final.best_epoch,
            "epochs": final.epochs,
            "seconds": round(final.seconds, 1),
            "ms per_image": round(final.latency_ms_1, 3),
            "note": final.error or final.note,
        }
        for final in store.finals(study.id, role)
    ]
    return Section(title="Final trainings", rows=rows, text="" if rows else "none yet")


def _ensemble(store: Store, study: StudyRecord) -> Iterator[Section]:
    """The members of the ensemble, if the study has one."""
    objective = study.spec.task_type.objective
    facts = {
        f"trial {member.trial}": (
            f"weight {member.weight:.2f}, validation {objective.label} "
            f"{cells.metric(member.validation, objective)}: "
            f"{cells.hyperparameters(member.hyperparameters)}"
        )
        for member in ensemble_members(store, study)
    }
    if facts:
        yield Section(title="Ensemble", facts=facts)


def _curve(store: Store, study: StudyRecord, role: Role) -> Section:
    """The learning curve of the first final training."""
    finals = [f for f in store.finals(study.id, role) if f.error is None]
    if not finals:
        return Section(title="Learning curve", text="none yet")
    epochs = store.epochs(study.id, role, finals[0].seed)
    names = sorted({name for epoch in epochs for name in epoch.metrics})
    rows = [
        {
            "epoch": epoch.epoch,
            **{_title(name): _rounded(epoch.metrics.get(name)) for name in names},
            "seconds": round(epoch.seconds, 2),
        }
        for epoch in epochs
    ]
    return Section(title=f"Learning curve of seed {finals[0].seed}", rows=rows)


def _title(metric: str) -> str:
    """Name of a metric as the heading of a column."""
    return metric.replace("_", " ")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
