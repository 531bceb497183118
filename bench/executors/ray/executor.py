"""A pool of workers on the nodes of a cluster."""

from __future__ import annotations

import math
import os
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from bench.errors import UsageError
from bench.executors import Request, Result
from bench.executors.pool import SILENCE, Pool
from bench.executors.ray.cluster import LOOK_SECONDS, Cluster
from bench.executors.ray.worker import CONTROL, RayWorker
from bench.executors.remote import (
    FileServer,
    Host,
    HostFacts,
    HostPlan,
    NodeFiles,
    PackedPlan,
    Parcel,
    remove_copies,
    root_of,
)
from bench.text.activity import Activity

END_SECONDS = 5.0
"""Seconds that a host has to end its worker."""

FAILED_STARTS = 3
"""Number of hosts in a row that may end before their workers are ready."""


class RayExecutor(Pool[Request, Result]):
    """A pool of workers on the nodes of a cluster.

    Every worker has a host, an actor of Ray with resources of its own. Ray places and
    ends hosts, and restarts nothing: what is tried again is up to the pool.

    Args:
        plan: How workers are started.
        cluster: Where workers run; it is left when the executor is closed.
        workers: Maximum number of workers; None for as many as there is room for.
        lost: Makes the result of a request whose workers died, given the reason.
        timeout: Seconds that a request may take; None for no limit.
        silence: Seconds for which a worker may send nothing, at least.
        with_output: Adds to a result the end of what its worker wrote.
        on_activity: As of ``LocalExecutor``.
    """

    def __init__(
        self,
        plan: HostPlan,
        cluster: Cluster,
        workers: int | None = None,
        *,
        lost: Callable[[Request, str], Result],
        timeout: float | None = None,
        silence: float = SILENCE,
        with_output: Callable[[Result, str], Result] = lambda result, _: result,
        on_activity: Callable[[int, Activity | None], None] = lambda *_: None,
    ) -> None:
        super().__init__(
            _Hosts(cluster, plan, workers),
            lost=lost,
            timeout=timeout,
            silence=silence,
            with_output=with_output,
            on_activity=on_activity,
        )


class _Actor(Host):
    """A host as an actor, which Ray tells where it runs and what it may use."""

    def __init__(self, plan: PackedPlan, slot: int, server: Any) -> None:
        context = ray.get_runtime_context()
        gpus = context.get_accelerator_ids().get("GPU", [])
        # Ray may leave the GPUs visible of which a worker has asked for none.
        os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(gpus) or "-1"
        self._node = context.get_node_id()
        is_seen = plan.token is None or os.path.exists(plan.token)
        root = None if is_seen else root_of(self._node)
        super().__init__(plan, slot, NodeFiles(partial(_call, server), root))

    def facts(self) -> HostFacts:
        return HostFacts(
            node=self._node,
            address=ray.util.get_node_ip_address(),
            versions=self.versions(),
            has_copies=self.files.root is not None,
        )


def _call(server: Any, method: str, *args: object) -> Any:
    return ray.get(getattr(server, method).remote(*args))


class _Hosts:
    """Starts and ends the hosts of a pool; see ``Workers``."""

    def __init__(self, cluster: Cluster, plan: HostPlan, workers: int | None) -> None:
        self._cluster = cluster
        self._plan = plan
        self._most = math.inf if workers is None else workers
        self._workers: list[RayWorker] = []
        self._failed_starts = 0
        self._with_copies: set[str] = set()
        self._actor = ray.remote(concurrency_groups={CONTROL: 1})(_Actor)
        self._token = None if plan.home is None else write_token(plan.home)
        self._server = None if plan.home is None else _start_server()
        self._packed = plan.packed(self._token)
        self._folders = self._packed.files.folders

    def count(self) -> int:
        for worker in self._workers:
            if not worker.is_ready:
                self._look_at(worker)
        if self._cluster.look():
            for worker in self._workers:
                is_placed = bool(worker.place)
                worker.is_gone |= is_placed and not self._cluster.has(worker.place)
            placed = any(w.place and not w.is_gone for w in self._workers)
            self._cluster.check_room(placed or not self._workers)
        return int(max(1, min(self._cluster.room, self._most)))

    def start(self, slot: int) -> RayWorker:
        each = self._cluster.each
        host = self._actor.options(
            num_cpus=each.cpus,
            num_gpus=each.gpus,
            max_restarts=0,
            max_task_retries=0,
        ).remote(self._packed, slot, self._server)
        worker = RayWorker(
            slot=slot,
            pack=self._pack,
            host=host,
            begun=host.begin.remote(),
            is_ready=False,
        )
        worker.facts = worker.control("facts")
        self._workers.append(worker)
        return worker

    def renew(self, worker: RayWorker) -> RayWorker:
        if worker.is_lost or worker.is_gone:
            self.end(worker)
            return self.start(worker.slot)
        self._workers.remove(worker)
        renewed = RayWorker(
            slot=worker.slot,
            pack=self._pack,
            host=worker.host,
            begun=worker.control("renew"),
            facts=worker.facts,
            place=worker.place,
            is_ready=False,
        )
        self._workers.append(renewed)
        return renewed

    def end(self, worker: RayWorker) -> None:
        self._workers.remove(worker)
        with suppress(ray.exceptions.RayError):
            if worker.place and not worker.is_lost and not worker.is_gone:
                ray.wait([worker.control("end")], timeout=END_SECONDS)
            ray.kill(worker.host)

    def wait(self, workers: Sequence[RayWorker], seconds: float) -> list[RayWorker]:
        streams = [worker.stream for worker in workers]
        starting = [worker.begun for worker in self._workers if not worker.is_ready]
        patience = min(seconds, LOOK_SECONDS)
        if not ray.wait([*streams, *starting], timeout=patience)[0] or not streams:
            return []
        ready, _ = ray.wait(streams, num_returns=len(streams), timeout=0)
        ids = set(map(id, ready))
        return [worker for worker in workers if id(worker.stream) in ids]

    def close(self) -> None:
        if self._token is not None:
            self._token.unlink(missing_ok=True)
        with suppress(ray.exceptions.RayError):
            self._remove_copies()
            if self._server is not None:
                ray.kill(self._server)
        self._cluster.close()

    def _remove_copies(self) -> None:
        removed = [
            ray.remote(remove_copies)
            .options(num_cpus=0, max_retries=0, scheduling_strategy=_only_on(node))
            .remote(node, self._folders)
            for node in self._with_copies
            if self._cluster.has(node)
        ]
        if removed:
            ray.wait(removed, num_returns=len(removed), timeout=END_SECONDS)

    def _pack(self, request: Any) -> Parcel:
        parcel = self._plan.parcel(request)
        self._folders |= parcel.files.folders
        return parcel

    def _look_at(self, worker: RayWorker) -> None:
        """Look whether a worker that is starting was placed, is ready, or has ended."""
        if worker.is_gone:
            return
        try:
            if not worker.place and (facts := _facts(worker)):
                self._check_versions(facts)
                worker.place = facts.node
                if facts.has_copies:
                    self._with_copies.add(facts.node)
            # The loss of its node could not be seen without its place.
            if worker.place and ray.wait([worker.begun], timeout=0)[0]:
                ray.get(worker.begun)
                worker.is_ready, self._failed_starts = True, 0
        except ray.exceptions.RayError as error:
            worker.is_lost = worker.is_gone = True
            self._failed_starts += 1
            if self._failed_starts > FAILED_STARTS:
                raise _unusable(error) from error

    def _check_versions(self, facts: HostFacts) -> None:
        here = self._plan.versions()
        for name in sorted({*here, *facts.versions}):
            ours, theirs = here.get(name), facts.versions.get(name)
            if ours != theirs:
                raise UsageError(
                    f"all machines of a search need the same versions; {name} is "
                    f"{ours} here and {theirs} on the node {facts.address}: install "
                    "the same on both"
                )


def write_token(folder: Path) -> Path:
    """Write a file that nodes see if they see the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    token = folder.absolute() / f"{uuid.uuid4().hex}.token"
    token.touch()
    return token


def _start_server() -> Any:
    """Start what serves the files of this machine, on this machine."""
    here = _only_on(ray.get_runtime_context().get_node_id())
    options = {"num_cpus": 0, "max_restarts": 3, "scheduling_strategy": here}
    return ray.remote(FileServer).options(**options).remote()


def _only_on(node: str) -> NodeAffinitySchedulingStrategy:
    return NodeAffinitySchedulingStrategy(node, soft=False)


def _facts(worker: RayWorker) -> HostFacts | None:
    """The facts of a worker's host, if it was placed."""
    if not ray.wait([worker.facts], timeout=0)[0]:
        return None
    facts: HostFacts = ray.get(worker.facts)
    return facts


def _unusable(error: Exception) -> UsageError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return UsageError(
        f"nodes must be able to start workers; {FAILED_STARTS + 1} in a row did not, "
        f"the last with {lines[-1] if lines else type(error).__name__}: install this "
        "project on every node, with the versions of this machine"
    )
