"""The entries of a study, made from what its store holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import fmean

from bench.records import (
    FinalRecord,
    Origin,
    Role,
    StudyRecord,
    StudyState,
    TrialRecord,
    TrialState,
    Value,
)
from bench.records.selection import best_trial, tested_trial
from bench.records.wording import study_name
from bench.report import search_command
from bench.store import RECORD, Store, model_file, model_folder
from bench.trackers.entry import Entry, Kind, State

STUDY = "study"
"""Key of the entry of a study itself."""

_STATES = {
    StudyState.UNFINISHED: State.RUNNING,
    StudyState.FINISHED: State.FINISHED,
    StudyState.FAILED: State.FAILED,
    TrialState.RUNNING: State.RUNNING,
    TrialState.FINISHED: State.FINISHED,
    TrialState.FAILED: State.FAILED,
}
_KEYS = {
    Role.FINAL: "seed",
    Role.DEFAULT: "default-seed",
    Role.RUNNER_UP: "runner-up-seed",
    Role.MEMBER: "member-trial",
}
_TESTED = "test_"
"""Beginning of the names of metrics on test images, which no curve has."""

_LEADERBOARD = ("leaderboard.md", "leaderboard.csv")


def entries(store: Store, study: StudyRecord) -> list[Entry]:
    """The entry of a study, then those of its trials and of its final trainings."""
    trials = store.trials(study.id)
    finals = [final for role in _KEYS for final in store.finals(study.id, role)]
    return [
        _of_study(store.folder, study, trials, finals),
        *map(_of_trial, trials),
        *(_of_final(store.folder, study, trials, final) for final in finals),
    ]


def _of_study(
    folder: Path,
    study: StudyRecord,
    trials: list[TrialRecord],
    finals: list[FinalRecord],
) -> Entry:
    ended = [trial.ended or trial.started for trial in trials]
    ended += [final.ended for final in finals]
    state = _STATES[study.state]
    spec = study.spec
    return Entry(
        key=STUDY,
        name=study_name(spec),
        kind=Kind.STUDY,
        state=state,
        started=study.created,
        ended=max(ended, default=study.created) if state.is_over else None,
        parameters=_asked(study),
        texts={
            "study": study.id,
            "command": search_command(spec),
            "seeds": str(spec.seeds),
            "error": study.message,
            **{f"version.{name}": text for name, text in study.versions.items()},
        },
        metrics=_summary(study, trials, finals),
        files=_existing(
            [
                *(folder / name for name in _LEADERBOARD),
                model_folder(folder, study.id) / RECORD,
            ]
        ),
    )


def _asked(study: StudyRecord) -> dict[str, Value]:
    """What was asked of a study and can't change, without what wasn't given."""
    asked = json.loads(study.spec.without_growth.to_json())
    fixed = dict(asked.pop("fixed"))
    values = {**asked.pop("budget"), **asked.pop("options"), **asked}
    values |= {f"fix.{name}": value for name, value in fixed.items()}
    return {
        name: value if isinstance(value, bool | int | float | str) else str(value)
        for name, value in values.items()
        if value is not None
    }


def _summary(
    study: StudyRecord, trials: list[TrialRecord], finals: list[FinalRecord]
) -> dict[str, float]:
    """Means of the final trainings' metrics, and what the search cost."""
    tested = [final.metrics for final in finals if final.role is Role.FINAL]
    means = {
        name: fmean(metrics[name] for metrics in tested)
        for name in (tested[0] if tested else ())
        if name.startswith(_TESTED) and all(name in metrics for metrics in tested)
    }
    best = tested_trial(study, trials)
    found = {} if best is None or best.result is None else best.result.metrics
    return {
        **_without_clashes(found),
        **means,
        "trials_finished": sum(t.state is TrialState.FINISHED for t in trials),
        "trials_failed": sum(trial.is_failure for trial in trials),
        "seconds": study.seconds,
    }


def _of_trial(trial: TrialRecord) -> Entry:
    result = trial.result
    texts = {
        "rung": str(trial.proposal.rung),
        "epochs": str(trial.proposal.epochs),
        "image_share": f"{share:.3g}"
        if (share := trial.proposal.image_share) < 1
        else "",
        "seed": str(trial.seed),
        "parent": "" if trial.proposal.parent is None else str(trial.proposal.parent),
        "fold": "" if trial.proposal.fold is None else str(trial.proposal.fold),
    }
    metrics: dict[str, float] = {}
    if result is not None:
        texts |= {"error": result.error or "", "traceback": result.traceback}
        metrics = _without_clashes(result.metrics)
        metrics |= {"seconds": result.seconds, "best_epoch": result.best_epoch}
        metrics["parameters"] = result.parameters
    return Entry(
        key=f"trial-{trial.number}",
        name=f"trial {trial.number}",
        kind=Kind.TRIAL,
        state=_STATES[trial.state],
        started=trial.started,
        ended=trial.ended,
        parameters=trial.proposal.hyperparameters,
        texts={name: text for name, text in texts.items() if text},
        metrics=metrics,
        role=Role.TRIAL,
        number=trial.number,
    )


def _of_final(
    folder: Path, study: StudyRecord, trials: list[TrialRecord], final: FinalRecord
) -> Entry:
    metrics = _without_clashes(final.metrics)
    metrics |= {"seconds": final.seconds, "best_epoch": final.best_epoch}
    metrics |= {"parameters": final.parameters, "latency_ms": final.latency_ms_1}
    model = model_file(folder, study.id, final.role, final.number)
    texts = {"role": final.role, "error": final.error or "", "note": final.note}
    key = f"{_KEYS[final.role]}-{final.number}"
    return Entry(
        key=key,
        name=key.replace("-", " "),
        kind=Kind.FINAL,
        state=State.FINISHED if final.error is None else State.FAILED,
        started=final.ended - final.seconds,
        ended=final.ended,
        parameters=_trained(study, trials, final),
        texts={name: text for name, text in texts.items() if text},
        metrics=metrics,
        files=_existing([model]),
        role=final.role,
        number=final.number,
        training=str(round(final.ended)),
    )


def _trained(
    study: StudyRecord, trials: Iterable[TrialRecord], final: FinalRecord
) -> Mapping[str, Value]:
    """The hyperparameters of a final training, which the store has by its trial."""
    if final.role is Role.FINAL:
        trial = tested_trial(study, trials)
    elif final.role is Role.RUNNER_UP:
        trial = best_trial(trials, study.spec)
    else:
        trial = next((t for t in trials if _is_of(t, final)), None)
    return {} if trial is None else trial.proposal.hyperparameters


def _is_of(trial: TrialRecord, final: FinalRecord) -> bool:
    if final.role is Role.MEMBER:
        return trial.number == final.trial
    return trial.proposal.origin is Origin.DEFAULT


def _without_clashes(metrics: Mapping[str, float]) -> dict[str, float]:
    """Metrics of the best epoch, named apart from those of a curve's last epoch."""
    return {
        name if name.startswith(_TESTED) else f"best_{name}": value
        for name, value in metrics.items()
    }


def _existing(paths: Iterable[Path]) -> tuple[Path, ...]:
    return tuple(path for path in paths if path.exists())
