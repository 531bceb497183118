"""The studies of a store as tables: their progress and the times of their trials."""

from __future__ import annotations

import time
from typing import Any

from bench.records import STAGES
from bench.records.selection import validation_score
from bench.report.results import study_results, training_seconds
from bench.store import Store, model_files


def studies(store: Store) -> list[dict[str, Any]]:
    """One row per study, oldest first: its search, its state and its best score."""
    rows = []
    by_age = sorted(study_results(store), key=lambda r: (r.study.created, r.study.id))
    for results in by_age:
        spec, best = results.study.spec, results.best
        objective = spec.task_type.objective
        score = None if best is None else validation_score(best, spec.task_type)
        rows.append(
            {
                "study": results.study.id[:8],
                "family": spec.family,
                "dataset": results.study.task.title,
                "tuner": spec.searcher,
                "seed": spec.seed,
                "state": str(results.study.state),
                "replaced_by": results.replaced_by[:8] or None,
                "trials_finished": results.finished,
                "trials_failed": results.failed,
                "objective": objective.label,
                "best_validation": score and round(score, objective.digits),
                "seeds_tested": f"{len(results.finals)} of {spec.seeds}",
                "models_kept": len(model_files(store.folder, results.study.id)),
                "seconds": round(results.study.seconds, 1),
                "created": time.strftime(
                    "%Y-%m-%d %H:%M", time.localtime(results.study.created)
                ),
            }
        )
    return rows


def study_times(store: Store) -> list[dict[str, Any]]:
    """One row per study, oldest first: the time of its trials by stage.

    Times are wall-clock seconds, summed over the trials of all workers.
    ``in_training`` is the share of training and validation in the sum of all stages,
    in which workers' idle time counts.
    """
    rows = []
    for results in sorted(study_results(store), key=lambda r: r.study.created):
        done = [trial.result for trial in results.trials if trial.result is not None]
        known = [result for result in done if result.stage_seconds]
        spent = {
            stage: sum(result.stage_seconds.get(stage, 0.0) for result in known)
            for stage in STAGES
        }
        total, training = sum(spent.values()), training_seconds(known)
        rows.append(
            {
                "study": results.study.id[:8],
                "family": results.study.spec.family,
                "dataset": results.study.task.title,
                "trials": len(known),
                **{stage: round(seconds, 2) for stage, seconds in spent.items()},
                "in_training": f"{training / total:.0%}" if training else None,
            }
        )
    return rows
