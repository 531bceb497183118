"""The request for a final training, as a study makes it and as it is made again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bench.records import FinalRecord, Proposal, Role, Value
from bench.store import Store
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


def as_long_as(others: Sequence[FinalRecord], request: FinalRequest) -> FinalRequest:
    """The request of a training for which time is no limit, as it was for others.

    Args:
        others: Trainings before it, see ``trained_before``.
        request: For all epochs of the study.
    """
    if planned := max((other.planned or 0 for other in others), default=0):
        return replace(request, planned=planned)
    cut = [max(1, other.epochs) for other in others if other.is_cut_short]
    return replace(request, epochs=max(cut, default=request.epochs))


def trained_before(store: Store, study: str, role: Role) -> list[FinalRecord]:
    """Final trainings as long as which others of a role are trained.

    Those of the same role, or where time left none, of the best configuration.
    """
    return store.finals(study, role) or store.finals(study, Role.FINAL)
