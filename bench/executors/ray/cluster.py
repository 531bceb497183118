"""The cluster that a search joins, its nodes, and the room that they have."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ray

from bench.errors import UsageError
from bench.records import TrialResources
from bench.text import ERROR, complain, hidden_output

ROOM_SECONDS = 30.0
"""Seconds for which a cluster may have no room for any worker."""

LOOK_SECONDS = 2.0
"""Seconds between two looks at the nodes of a cluster."""

CONNECT_SECONDS = 5.0
"""Seconds that the head of a cluster has to answer."""

CONFIG = {"worker_niceness": 0}
"""Settings of a local cluster. Elsewhere Ray's workers give way to all other processes,
at a niceness of 15."""

LOCAL = "local"
"""Address that asks for a cluster of this machine alone, which ends with the search."""


def check_address(address: str | None) -> str:
    """The address of the cluster that is meant, if something answers there.

    Args:
        address: As asked for; None for that of ``RAY_ADDRESS``, else a local cluster.

    Raises:
        UsageError: Nothing answers, it is the address of a client, or this process has
            joined another cluster.
    """
    given = address or os.environ.get("RAY_ADDRESS") or LOCAL
    if given in (LOCAL, "auto"):
        return given
    host, colon, port = given.rpartition(":")
    if not colon or not port.isdigit() or "/" in host:
        raise UsageError(
            f"--ray-address takes HOST:PORT of a cluster's head, not {given!r}: run "
            "the search on a machine of the cluster, such as its head"
        )
    try:
        socket.create_connection((host, int(port)), CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise _no_cluster(given, str(error)) from error
    _check_joined(given)
    return given


def _check_joined(address: str) -> None:
    """Refuse an address if this process has joined a cluster at another.

    Raises:
        UsageError: It has.
    """
    if not ray.is_initialized():
        return
    joined: str = ray.get_runtime_context().gcs_address
    if not _machines(joined) & _machines(address):
        raise UsageError(
            f"a process is in one cluster; this one has joined {joined!r}, and "
            f"--ray-address is {address!r}: call ray.shutdown() before, or leave "
            "--ray-address out"
        )


def _machines(address: str) -> set[tuple[str, str]]:
    """The addresses that a host and its port go by, as pairs of both."""
    host, _, port = address.rpartition(":")
    found = {str(info[4][0]) for info in socket.getaddrinfo(host.strip("[]"), None)}
    if found & {"127.0.0.1", "::1"}:
        found.add(ray.util.get_node_ip_address())
    return {(machine, port) for machine in found}


def _no_cluster(address: str, reason: str) -> UsageError:
    return UsageError(
        f"a search on Ray needs a cluster; {address!r} leads to none ({reason}): start "
        "one with ray start --head --port 6379, or leave --ray-address out to use this "
        "machine alone"
    )


class Cluster:
    """A connection of this process to a cluster; one that it has already is shared.

    Args:
        address: As ``check_address`` returns it.
        each: Resources of a worker.
        code: Folder that Ray brings to all nodes, in which workers run; None for none.

    Attributes:
        each: Resources of a worker.

    Raises:
        UsageError: There is no cluster, it has no room for a worker, or it can't bring
            the code since this process has joined one already.
    """

    def __init__(
        self, address: str, each: TrialResources, code: Path | None = None
    ) -> None:
        self.each = each
        self._address = address
        self._is_ours = not ray.is_initialized()
        self._placed_at = 0.0
        self._next_look = 0.0
        self._has_complained = False
        self._nodes: Mapping[str, Any] = {}
        if self._is_ours:
            _join(address, code)
        elif code is not None:
            raise UsageError(
                "the code of a family reaches nodes when its search joins the cluster; "
                f"this process has joined one already, and was to join {address!r}: "
                "call ray.shutdown() before, or install the family on all nodes"
            )
        try:
            self._wait_for_room()
        except BaseException:
            self.close()
            raise

    @property
    def room(self) -> int:
        """Number of workers that all nodes together have room for."""
        self.look()
        return sum(_fits(self.each, node) for node in self._nodes.values())

    def has(self, node: str) -> bool:
        """Whether a node is a part of the cluster still."""
        return node in self._nodes

    def look(self) -> bool:
        """Look which nodes there are, if the last look is a while ago."""
        now = time.monotonic()
        if now < self._next_look:
            return False
        self._next_look = now + LOOK_SECONDS
        self._nodes = {
            node["NodeID"]: node["Resources"] for node in ray.nodes() if node["Alive"]
        }
        return True

    def check_room(self, is_placed: bool) -> None:
        """Say so if there has been no room for any worker for a while.

        Args:
            is_placed: Whether a worker has a place on a node now.

        Raises:
            UsageError: No node is large enough.
        """
        if is_placed:
            self._placed_at = time.monotonic()
        if time.monotonic() - self._placed_at < ROOM_SECONDS:
            return
        if not self.room:
            raise UsageError(f"{self._lack()}: ask for less, or add a node")
        if not self._has_complained:
            complain(f"{self._lack()}; waiting for one")
            self._has_complained = True

    def close(self) -> None:
        """End the connection, unless it was there before."""
        if self._is_ours:
            ray.shutdown()

    def _wait_for_room(self) -> None:
        self._placed_at = time.monotonic()
        while not self.room:
            self.check_room(False)
            time.sleep(0.1)

    def _lack(self) -> str:
        nodes = ", ".join(map(_described, self._nodes.values())) or "no nodes"
        return (
            f"a worker needs {self.each} of a node (--resources-per-trial); none could "
            f"start in {ROOM_SECONDS:.0f} s on a cluster of {nodes}"
        )


def _join(address: str, code: Path | None) -> None:
    # Hosts set CUDA_VISIBLE_DEVICES themselves; Ray need not, nor warn of it.
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    local = {"include_dashboard": False, "_system_config": CONFIG}
    environment = {} if code is None else {"working_dir": str(code)}
    try:
        with hidden_output(ERROR):
            ray.init(
                address=address,
                runtime_env=environment,
                log_to_driver=False,
                logging_level=logging.ERROR,
                configure_logging=False,
                **(local if address == LOCAL else {}),
            )
    except Exception as error:  # of many kinds: no head, no node here, other versions
        raise _no_cluster(address, " ".join(str(error).split())) from error


def _fits(each: TrialResources, node: Mapping[str, float]) -> int:
    """Number of workers that a node has room for."""
    asked = {"CPU": each.cpus, "GPU": each.gpus}
    return min(
        int(node.get(name, 0.0) / amount + 1e-6)
        for name, amount in asked.items()
        if amount
    )


def _described(node: Mapping[str, float]) -> str:
    cpus, gpus = node.get("CPU", 0.0), node.get("GPU", 0.0)
    return f"a node of {cpus:g} CPUs and {gpus:g} GPUs"
