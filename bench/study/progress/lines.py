"""Lines that describe the progress of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.records import (
    EPOCH_SHARE,
    IN_MAIN,
    LEFT_OUT,
    FinalRecord,
    Role,
    StudySpec,
    TaskType,
    TrialRecord,
    TrialResult,
    TrialState,
)
from bench.records.durations import duration
from bench.records.selection import DEVIATION
from bench.records.wording import counted, data_set_title, part_of_images


def title(spec: StudySpec) -> str:
    family = spec.family.removeprefix(IN_MAIN)
    return f"{family} on {data_set_title(spec)} by {spec.searcher}"


def trial_line(
    trial: TrialRecord, best: TrialRecord | None, task_type: TaskType
) -> str:
    """One line about a trial that ended."""
    result = trial.result
    assert result is not None
    name = trial_name(trial)
    if trial.proposal.parent is not None:
        name += f" (promoted from {trial.proposal.parent})"
    if trial.state is TrialState.FAILED:
        error = result.error or ""
        if result.is_left_out:
            return f"{name} was left out: {error.removeprefix(LEFT_OUT + ': ')}"
        return f"{name} failed: {error}"
    text = (
        f"{name}: validation {task_type.objective.label} "
        f"{objective(result.metrics, task_type)}, {epochs_text(result)}"
        f"{part_of_images(trial.proposal.image_share)}, {duration(result.seconds)}"
    )
    return text + (" · best so far" if best is trial else "")


def trial_name(trial: TrialRecord) -> str:
    fold = trial.proposal.fold
    return f"trial {trial.number}" + ("" if fold is None else f", fold {fold + 1}")


def candidate_line(
    candidate: TrialRecord,
    best: TrialRecord | None,
    shown: Sequence[str],
    task_type: TaskType,
) -> str:
    """One line about a candidate whose folds have all ended.

    Args:
        candidate: The folds of the candidate as one trial.
        best: The best candidate so far.
        shown: Names of the hyperparameters to print.
        task_type: Task type of the study.
    """
    result, values = candidate.result, candidate.proposal.hyperparameters
    assert result is not None
    settings = [f"{name}={values[name]}" for name in shown if name in values]
    name = ", ".join([f"from trial {candidate.number}", *settings])
    text = (
        f"{name}: validation {task_type.objective.label} "
        f"{objective(result.metrics, task_type)} "
        f"± {task_type.objective.text(result.metrics[DEVIATION])} over folds, "
        f"{counted(result.epochs, 'epoch')}, {duration(result.seconds)}"
    )
    return text + (" · best so far" if best is candidate else "")


def final_name(role: Role, number: int) -> str:
    """A final training in words, by its number as of ``FinalRecord``."""
    if role is Role.MEMBER:
        return f"member, trial {number}"
    before = "" if role is Role.FINAL else f"{role}, "
    return f"{before}seed {number}"


def final_line(final: FinalRecord, task_type: TaskType) -> str:
    name = final_name(final.role, final.number)
    if final.role is Role.MEMBER:
        return f"{name}: {_member(final, task_type)}"
    score = task_type.ranked_by.text(final.metrics[task_type.tested])
    if final.error is not None:
        label = task_type.ranked_by.label
        return f"{name} diverged ({final.error}): counts as test {label} {score}"
    return (
        f"{name}: test {task_type.ranked_by.label} {score}, "
        f"{epochs_text(final)}, {duration(final.seconds)}"
    )


def _member(final: FinalRecord, task_type: TaskType) -> str:
    """What is said of a member: its test score alone is nobody's concern."""
    if final.error is not None:
        return f"diverged ({final.error})"
    return (
        f"validation {task_type.objective.label} "
        f"{objective(final.metrics, task_type)}, {epochs_text(final)}, "
        f"{duration(final.seconds)}"
    )


def epochs_text(trained: TrialResult | FinalRecord) -> str:
    """Number of epochs in words; a first epoch that was cut short is a part of one."""
    share = trained.metrics.get(EPOCH_SHARE)
    if share is not None:
        return f"{share:.2f} of an epoch"
    return counted(trained.epochs, "epoch")


def objective(metrics: Mapping[str, float], task_type: TaskType) -> str:
    return task_type.objective.text(metrics[task_type.validated])
