"""Trains a stranger's model with this toolkit, without a store and boards."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench import datasets
from bench.datasets import Task
from bench.records import Resources, SearchRequest, TrialResult
from bench.searchers import space as search_space
from bench.study import requests
from bench.study.execution import Result, make_executor
from bench.study.prepare import prepare
from bench.training.final import FinalResult
from bench.training.request import FinalRequest, TrialRequest
from strangers import images
from strangers.stranger import Stranger, TrialFailedError, Values


def load(data: str, folder: Path, count: int | None = None) -> Task:
    """Load and split a data set.

    Args:
        data: Data set of ``images``.
        folder: Keeps its file.
        count: Number of images to train and validate on; None for all.
    """
    request = _request("linear", data, folder, {"images": count})
    return datasets.load_for(request.specs[0], request.source)


class Study:
    """A study of a stranger's model, prepared as ``search`` prepares it.

    Args:
        stranger: The model.
        task: The images.
        folder: Keeps files.
        epochs: Number of epochs of each training; none ends early.

    Raises:
        BenchError: The toolkit refuses the model.
    """

    def __init__(
        self, stranger: Stranger, task: Task, folder: Path, epochs: int
    ) -> None:
        options = {"epochs": epochs, "patience": epochs, **stranger.options}
        [spec] = _request(stranger.path, stranger.data, folder, options).specs
        self._budget = spec.budget
        self._prepared = prepare(spec, task)
        self._executor = make_executor(
            self._prepared, Resources(workers=0), folder / "task", folder / "cache"
        )

    def trial(self, values: Values, seed: int) -> TrialResult:
        """Train a configuration.

        Raises:
            TrialFailedError: The trial failed.
        """
        result = self._run(
            TrialRequest(
                hyperparameters=self._completed(values),
                seed=seed,
                epochs=self._budget.epochs,
                full_epochs=self._budget.epochs,
                patience=self._budget.patience,
            )
        )
        assert isinstance(result, TrialResult)
        if result.error is not None:
            raise TrialFailedError(result.error)
        return result

    def final(self, values: Values, seed: int) -> FinalResult:
        """Train a configuration and test it.

        Raises:
            Exception: Whatever the training raised.
        """
        result = self._run(
            FinalRequest(
                hyperparameters=self._completed(values),
                seed=seed,
                epochs=self._budget.epochs,
                patience=self._budget.patience,
            )
        )
        assert isinstance(result, FinalResult)
        return result

    def _completed(self, values: Values) -> Values:
        """A whole configuration; ``fit`` may declare names that no build knows."""
        return {**search_space.active(self._prepared.problem.space, values), **values}

    def _run(self, request: TrialRequest | FinalRequest) -> Result:
        self._executor.submit(0, request)
        _, result = self._executor.collect(lambda key, epoch: True)
        return result


def _request(
    family: str, data: str, folder: Path, options: Mapping[str, Any]
) -> SearchRequest:
    dataset = images.write(data, folder)
    return requests.request(
        [family], {"dataset": dataset, "tuner": "random", **options}
    )
