"""Clusters on which trials run, joined for one study."""

from __future__ import annotations

import importlib.util
import os
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.errors import UsageError
from bench.executors.remote import Files, HostPlan
from bench.records import Resources, TrialResources
from bench.study import family_code
from bench.text.activity import Activity
from bench.training import PRELOAD, backend

if TYPE_CHECKING:
    from bench.executors.ray import Cluster, RayExecutor
    from bench.study.prepare import PreparedStudy
    from bench.training.trial_runner import TrialRunnerFactory


def check(resources: Resources) -> None:
    """Refuse a cluster that can't be joined, before anything heavy is imported.

    Raises:
        UsageError: Ray is not installed, or no cluster answers at the address.
    """
    if not resources.is_cluster:
        return
    if importlib.util.find_spec("ray") is None:
        raise UsageError(
            "--executor ray needs the package ray, which is not installed: pip install "
            "'keras-leaderboard[ray]', or leave --executor out"
        )
    _use_token()
    from bench.executors.ray import check_address

    check_address(resources.ray_address)


def _use_token() -> None:
    """Let Ray show the token of its clusters; it must know before it is imported."""
    path = os.environ.get("RAY_AUTH_TOKEN_PATH", Path.home() / ".ray" / "auth_token")
    if "RAY_AUTH_TOKEN" in os.environ or Path(path).is_file():
        os.environ.setdefault("RAY_AUTH_MODE", "token")


def room(resources: Resources) -> int:
    """Number of trials for which a cluster has room."""
    with closing(_joined(resources)) as cluster:
        return cluster.room


def make_executor(
    prepared: PreparedStudy,
    resources: Resources,
    make_factory: Callable[[], TrialRunnerFactory],
    *,
    lost: Callable[[Any, str], Any],
    with_output: Callable[[Any, str], Any],
    on_activity: Callable[[int, Activity | None], None],
) -> RayExecutor[Any, Any]:
    """Make an executor whose workers run on the nodes of a cluster.

    Args:
        prepared: The study.
        resources: What trains its trials.
        make_factory: Makes the factory of the workers' runners; called when there is
            a cluster.
        lost: As ``RayExecutor`` takes it.
        with_output: As ``RayExecutor`` takes it.
        on_activity: As ``RayExecutor`` takes it.
    """
    from bench.executors.ray import RayExecutor
    from bench.training import travel

    backend_name = prepared.spec.backend
    with tempfile.TemporaryDirectory() as folder:
        code, place = family_code.gather(prepared.spec.place, Path(folder))
        cluster = _joined(resources, code)
    try:
        threads = cluster.each.threads
        made = replace(make_factory(), place=place, threads=threads)
        factory = travel.packable(made)
        plan = HostPlan(
            make_runner=factory,
            preload=[PRELOAD],
            environment={
                "KERAS_BACKEND": backend_name,
                "OMP_NUM_THREADS": str(threads),
            },
            versions=partial(backend.shared_versions, backend_name),
            files=partial(_files, prepared, factory.cache),
            moved=travel.moved,
            home=factory.task.folder,
        )
        return RayExecutor(
            plan,
            cluster,
            resources.workers,
            lost=lost,
            timeout=resources.trial_timeout,
            with_output=with_output,
            on_activity=on_activity,
        )
    except BaseException:
        cluster.close()
        raise


def _joined(resources: Resources, code: Path | None = None) -> Cluster:
    from bench.executors.ray import Cluster, check_address

    address = check_address(resources.ray_address)
    return Cluster(address, resources.per_trial or TrialResources(), code)


def _files(prepared: PreparedStudy, cache: Path, thing: Any) -> Files:
    """Files that a request, or the factory of runners, reads and writes."""
    from bench.training import travel

    return Files(
        read=travel.files_read(thing),
        written=travel.files_written(thing),
        continued=travel.files_continued(thing),
        shared=tuple(_feature_folders(prepared, cache, thing)),
    )


def _feature_folders(prepared: PreparedStudy, cache: Path, thing: Any) -> list[Path]:
    """Folders of the features that the model of a request takes."""
    from bench.training import models
    from bench.training.features import folder_of

    hyperparameters = getattr(thing, "hyperparameters", None)
    if hyperparameters is None or prepared.source.family is None:
        return []
    task, count = prepared.task.record, len(prepared.task.train)
    if prepared.folds is not None:  # they share one pool
        count += len(prepared.task.validation)
    networks = models.extractors(prepared.source, hyperparameters)
    return [folder_of(task, count, network, cache) for network in networks]
