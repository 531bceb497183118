"""One study of a results folder: its trials, its place on the board, its models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.errors import StudyError, UsageError
from bench.models.selection import Selected, select
from bench.records import StudyRecord, StudyState, Value
from bench.records.selection import tested_trial
from bench.records.wording import study_name
from bench.store import Store

if TYPE_CHECKING:
    import pandas as pd

    from bench.python.models import Explanation


class Study:
    """A study as the store holds it; read again whenever it is asked for something.

    Args:
        results: Folder of the store.
        id: Identity of the study.
    """

    def __init__(self, results: str | Path, id: str) -> None:
        self._results = Path(results).absolute()
        self.id = id

    @property
    def record(self) -> StudyRecord:
        """Everything that was asked of the study, its data set and its state."""
        with Store(self._results, read_only=True) as store:
            record = store.study(self.id)
        if record is None:
            raise StudyError(
                f"the study {self.id} is no longer in {self._results}: it was removed, "
                "as by fresh=True; search again"
            )
        return record

    @property
    def state(self) -> StudyState:
        """Whether it is unfinished, finished or failed."""
        return self.record.state

    @property
    def best(self) -> dict[str, Value]:
        """The hyperparameters of the best trial.

        Raises:
            StudyError: No trial has finished.
        """
        record = self.record
        with Store(self._results, read_only=True) as store:
            best = tested_trial(record, store.trials(self.id))
        if best is None:
            raise StudyError(
                f"the best trial is one that finished; of {self!r} none has: search on"
            )
        return dict(best.proposal.hyperparameters)

    def trials(self) -> pd.DataFrame:
        """The trials: state, scores, times, and a column for each hyperparameter."""
        from bench.python.frames import trials

        with Store(self._results, read_only=True) as store:
            return trials(store.trials(self.id))

    def leaderboard(self) -> pd.DataFrame:
        """The board that the study is on, references included."""
        from bench.python.frames import leaderboard

        return leaderboard(self._results, studies={self.id})

    def model(self, seed: int | None = None) -> Any:
        """A kept model: raw pixels in, probabilities out; a ``keras.Model``.

        Args:
            seed: Seed of its final training; None for the first one.

        Raises:
            UsageError: The study keeps no such model.
        """
        from bench.python import models

        return models.model(self._results, Selected(study=self.record), seed)

    def predict(
        self,
        images: Any,
        *,
        top: int = 1,
        seed: int | None = None,
        ensemble: bool = False,
    ) -> pd.DataFrame:
        """The most probable classes of images, a row for each.

        Args:
            images: An array ``(n, height, width)`` or ``(n, height, width, channels)``
                with the pixels of the data set's range; or paths of image files, of
                folders, or of files of arrays. Sizes and channels are converted as in
                training, and a line says so.
            top: Number of classes.
            seed: Seed of the only model that is asked; None to average all.
            ensemble: Ask the ensemble of the best configurations, of a search with
                ``ensemble=N``.

        Raises:
            BenchError: The study keeps no classifiers, or the images can't be used.
        """
        from bench.python import models

        selected = self._ensemble() if ensemble else Selected(study=self.record)
        return models.predict(self._results, selected, images, top=top, seed=seed)

    def explain(
        self,
        images: Any,
        *,
        method: str | None = None,
        layer: str | None = None,
        seed: int | None = None,
    ) -> Explanation:
        """What speaks for the predictions of images, pixel by pixel.

        Args:
            images: As for ``predict``.
            method: As of ``python -m bench explain``; None for what fits the model.
            layer: Name of the layer whose maps are weighted; None for the last.
            seed: Seed of the only model that is asked; None to average all.

        Raises:
            BenchError: As for ``predict``; or the method does not fit the model.
        """
        from bench.python import models

        selected = Selected(study=self.record)
        return models.explain(
            self._results, selected, images, method=method, layer=layer, seed=seed
        )

    def keras_tuner_trials(self) -> list[Any]:
        """The trials as ``keras_tuner.engine.trial.Trial``, by their numbers.

        Raises:
            UsageError: The searcher is not one of Keras Tuner's.
        """
        from bench.python.tuner_trials import tuner_trials

        record = self.record
        if record.spec.folds is not None:
            raise UsageError(
                "only searchers of Keras Tuner have its trials; "
                f"{record.spec.searcher!r} is of scikit-learn: use trials()"
            )
        with Store(self._results, read_only=True) as store:
            return tuner_trials(store, record)

    def _ensemble(self) -> Selected:
        with Store(self._results, read_only=True) as store:
            return select(f"{self.id}, ensemble", store, with_ensembles=True)

    def __repr__(self) -> str:
        record = self.record
        return f"<study {self.id[:8]}: {study_name(record.spec)}, {record.state}>"

    def _repr_html_(self) -> str:
        """The study's board and its learning curves, for a notebook."""
        from bench import report

        with Store(self._results, read_only=True) as store:
            return report.study_html(store, self.id)
