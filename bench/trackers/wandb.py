"""Weights & Biases: a group for each study, which holds it and its trainings.

Runs there aren't nested: the group is what the page of a project folds them by.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.errors import TrackerError
from bench.records import EpochRecord, digest
from bench.trackers.entry import Entry, Kind, State

PROJECT = "keras-leaderboard"
"""Name of the project, unless ``WANDB_PROJECT`` is set."""

_SECONDS = 15.0
"""Time after which a server counts as down."""


class WeightsAndBiases:
    """The tracker Weights & Biases; with ``WANDB_MODE=offline``, a folder to sync.

    Args:
        results: The results folder, in whose folder ``wandb`` its files lie unless
            ``WANDB_DIR`` is set.
    """

    name = "wandb"

    def __init__(self, results: Path) -> None:
        self._folder = os.environ.get("WANDB_DIR") or str(results.absolute())
        self._project = os.environ.get("WANDB_PROJECT") or PROJECT
        self._is_offline = os.environ.get("WANDB_MODE") == "offline"
        where = str(Path(self._folder) / "wandb") if self._is_offline else "wandb"
        self.address = f"{where}, project {self._project}"
        self._opened: dict[str, Any] = {}

    def connect(self) -> None:
        import wandb

        self._wandb = wandb
        if not self._is_offline and not wandb.login(prompt=False):
            raise TrackerError(
                "wandb needs to know who you are; there is no key: give wandb login, "
                "or set WANDB_MODE=offline"
            )
        Path(self._folder).mkdir(parents=True, exist_ok=True)

    def open(self, entry: Entry, parent: str | None) -> str:
        if parent is None:
            identity = digest(entry.texts["study"], repr(entry.started))
        else:
            identity = "-".join(filter(None, (parent, entry.key, entry.training)))
        self._run(identity, entry)
        return identity

    def add(self, identity: str, entry: Entry, epochs: Sequence[EpochRecord]) -> None:
        run = self._run(identity, entry)
        for epoch in epochs:
            run.log({**epoch.metrics, "epoch": epoch.epoch}, step=epoch.epoch)

    def end(self, identity: str, entry: Entry) -> None:
        run = self._run(identity, entry)
        texts = {name: text for name, text in entry.texts.items() if text}
        run.summary.update({**entry.metrics, **texts})
        if entry.files:
            run.log_artifact(self._artifact(identity, entry))
        del self._opened[identity]
        run.finish(exit_code=int(entry.state is State.FAILED))

    def _artifact(self, identity: str, entry: Entry) -> Any:
        kind = "model" if entry.kind is Kind.FINAL else "leaderboard"
        artifact = self._wandb.Artifact(f"{identity}-{kind}", type=kind)
        for path in entry.files:
            artifact.add_file(str(path))
        return artifact

    def withdraw(self, identity: str, key: str) -> None:
        """Say in a run's name and tags that it was replaced; its points can't go."""
        name = f"{key.replace('-', ' ')}, replaced"
        self._begun(identity, name=name, tags=["replaced"]).finish()

    def close(self) -> None:
        for run in self._opened.values():
            run.finish()

    def _run(self, identity: str, entry: Entry) -> Any:
        """The open run of an entry; one of an earlier process is taken up again."""
        if identity not in self._opened:
            self._opened[identity] = self._begun(
                identity,
                name=entry.name,
                job_type=str(entry.kind),
                config=dict(entry.parameters),
            )
        return self._opened[identity]

    def _begun(self, identity: str, **values: Any) -> Any:
        return self._wandb.init(
            id=identity,
            group=identity.partition("-")[0],
            project=self._project,
            dir=self._folder,
            # Without a server there is no run to resume, only one of its name.
            resume=None if self._is_offline else "allow",
            reinit="create_new",
            settings=self._wandb.Settings(
                silent=True,
                console="off",
                init_timeout=_SECONDS,
                x_disable_stats=True,
                x_save_requirements=False,
                x_disable_meta=True,
                disable_git=True,
                disable_code=True,
            ),
            **values,
        )
