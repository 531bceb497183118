"""What is said of a study while it runs, a line each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.records import FinalRecord, Goal, StudySpec, TrialRecord, TrialState
from bench.records.selection import DEVIATION


def title(spec: StudySpec) -> str:
    return f"{spec.family} on {spec.dataset} by {spec.searcher}"


def budget_text(spec: StudySpec) -> str:
    budget = spec.budget
    text = f"{budget.trials} configurations"
    if spec.folds is not None:
        text += f" on {spec.folds} folds, {budget.trials * spec.folds} trainings"
    text += f", up to {budget.epochs} epochs"
    if budget.seconds is not None:
        text += f", {duration(budget.seconds)}"
    return text


def trial_line(trial: TrialRecord, best: TrialRecord | None, goal: Goal) -> str:
    """What came of a trial, on one line."""
    result = trial.result
    assert result is not None
    name = trial_name(trial)
    if trial.proposal.parent is not None:
        name += f" (promoted from {trial.proposal.parent})"
    if trial.state is TrialState.FAILED:
        return f"{name} failed: {result.error}"
    text = (
        f"{name}: validation {goal.objective.label} "
        f"{objective(result.metrics, goal)}, {result.epochs} epochs, "
        f"{duration(result.seconds)}"
    )
    return text + (" · best so far" if best is trial else "")


def trial_name(trial: TrialRecord) -> str:
    fold = trial.proposal.fold
    return f"trial {trial.number}" + ("" if fold is None else f", fold {fold + 1}")


def candidate_line(
    candidate: TrialRecord,
    best: TrialRecord | None,
    shown: Sequence[str],
    goal: Goal,
) -> str:
    """What came of a candidate on all of its folds, on one line.

    Args:
        candidate: Its folds as one trial.
        best: That there is so far.
        shown: Hyperparameters that tell candidates apart.
        goal: Of the study.
    """
    result, values = candidate.result, candidate.proposal.hyperparameters
    assert result is not None
    told = ", ".join(f"{name}={values[name]}" for name in shown if name in values)
    text = (
        f"from trial {candidate.number}{f', {told}' if told else ''}: validation "
        f"{goal.objective.label} {objective(result.metrics, goal)} "
        f"± {goal.objective.text(result.metrics[DEVIATION])} over folds, "
        f"{result.epochs} epochs, {duration(result.seconds)}"
    )
    return text + (" · best so far" if best is candidate else "")


def final_line(final: FinalRecord, goal: Goal) -> str:
    score = goal.ranked_by.text(final.metrics[goal.tested])
    return (
        f"seed {final.seed}: test {goal.ranked_by.label} {score}, "
        f"{final.epochs} epochs, {duration(final.seconds)}"
    )


def objective(metrics: Mapping[str, float], goal: Goal) -> str:
    return goal.objective.text(metrics[goal.validated])


def duration(seconds: float) -> str:
    """Seconds as people say them: ``4.2 s``, ``3m 05s``, ``1h 02m``."""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m {rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes:02d}m"
