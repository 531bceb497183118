"""What is in a store, study by study."""

from __future__ import annotations

import time
from typing import Any

from bench.records import STAGES, TrialState
from bench.records.selection import validation_score
from bench.report.board import boards, study_results, training_seconds
from bench.store import Store


def studies(store: Store) -> list[dict[str, Any]]:
    """One row a study, the oldest first: what it is, how far, how good so far."""
    found = [results for board in boards(store) for results in board.results]
    rows = []
    for results in sorted(found, key=lambda r: (r.study.created, r.study.id)):
        spec, best = results.study.spec, results.best
        objective = spec.aim.objective
        score = None if best is None else validation_score(best, spec.aim)
        rows.append(
            {
                "study": results.study.id[:8],
                "family": spec.family,
                "dataset": spec.dataset,
                "tuner": spec.searcher,
                "state": str(results.study.state),
                "trials_finished": results.count(TrialState.FINISHED),
                "trials_failed": results.count(TrialState.FAILED),
                "objective": objective.label,
                "best_validation": score and round(score, objective.digits),
                "seeds_tested": f"{len(results.finals)} of {spec.seeds}",
                "seconds": round(results.study.seconds, 1),
                "created": time.strftime(
                    "%Y-%m-%d %H:%M", time.localtime(results.study.created)
                ),
            }
        )
    return rows


def study_times(store: Store) -> list[dict[str, Any]]:
    """One row a study, the oldest first: what the time of its trials went into.

    Seconds of wall clock, summed over the trials of all workers; ``in_training`` is
    the share of training and validation, idle waits of workers included.
    """
    rows = []
    for results in sorted(study_results(store), key=lambda r: r.study.created):
        done = [trial.result for trial in results.trials if trial.result is not None]
        known = [result for result in done if result.stage_seconds]
        spent = {
            stage: sum(result.stage_seconds.get(stage, 0.0) for result in known)
            for stage in STAGES
        }
        whole, training = sum(spent.values()), training_seconds(known)
        rows.append(
            {
                "study": results.study.id[:8],
                "family": results.study.spec.family,
                "dataset": results.study.spec.dataset,
                "trials": len(known),
                **{stage: round(seconds, 2) for stage, seconds in spent.items()},
                "in_training": f"{training / whole:.0%}" if training else None,
            }
        )
    return rows
