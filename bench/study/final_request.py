"""The request for a final training, as a study makes it and as it is made again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.records import Proposal, Role, Value
from bench.study.prepare import PreparedStudy
from bench.training.request import FinalRequest


@dataclass(frozen=True, kw_only=True)
class Final:
    """A configuration to be trained and tested with one seed."""

    role: Role
    seed: int
    hyperparameters: Mapping[str, Value]


def final_request(
    prepared: PreparedStudy, best: Proposal, final: Final
) -> FinalRequest:
    """The request for a final training, without limits of time.

    A cross-validated configuration is trained as on its folds: on all images but those
    that test, for the same epochs. A user's own fit may need validation images, and
    keeps them.

    Args:
        prepared: The study.
        best: Proposal of the best trial of its search.
        final: The training.
    """
    budget = prepared.spec.budget
    refit = prepared.folds is not None and not prepared.source.has_custom_fit
    return FinalRequest(
        role=final.role,
        hyperparameters=final.hyperparameters,
        seed=final.seed,
        epochs=best.epochs if refit else budget.epochs,
        full_epochs=budget.epochs,
        patience=budget.patience,
        refit=refit,
    )
