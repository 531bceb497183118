"""The work of training a configuration, counted before it is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.files import of_machine
from bench.records import Value
from bench.training import models
from bench.training.hypermodel import FamilySource
from bench.training.model_errors import exits_as_errors
from bench.training.network import network_record


@dataclass(frozen=True, kw_only=True)
class Work:
    """What an epoch of a configuration has to do.

    Attributes:
        multiply_adds: Of the model for one image; see ``network.multiply_adds``.
        parameters: Number of the model's weights.
        batch_size: Images in a step.
    """

    multiply_adds: int
    parameters: int
    batch_size: int


class WorkCounter:
    """Counts the work of configurations; each structure's model is built once.

    Args:
        source: The family. Nothing is known of those from elsewhere, whose code runs
            in workers only, nor of models of frozen networks' features.
    """

    def __init__(self, source: FamilySource) -> None:
        self._source = source
        self._known: dict[str, Work | None] = {}

    def __call__(self, hyperparameters: Mapping[str, Value]) -> Work | None:
        """The work of a configuration; None if it is unknown.

        Raises:
            StoreError: The machine is at fault, such as by a full disk.
        """
        key = self._source.affinity(hyperparameters)
        if key not in self._known:
            self._known[key] = self._counted(hyperparameters)
        return self._known[key]

    def _counted(self, hyperparameters: Mapping[str, Value]) -> Work | None:
        source = self._source
        if source.family is None or models.extractor(source, hyperparameters):
            return None
        try:
            with exits_as_errors():
                model, hp = models.build(source, hyperparameters, seed=0)
                multiply_adds = network_record(model).multiply_adds
        except Exception as error:  # its trial fails, and not the study
            fault = of_machine(error)
            if fault is not None:
                raise fault from error
            return None
        if multiply_adds is None:
            return None
        return Work(
            multiply_adds=multiply_adds,
            parameters=models.parameters(model),
            batch_size=models.batch_size(hp),
        )
