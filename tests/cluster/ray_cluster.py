"""A cluster of Ray on this machine, for tests; it is not started without Ray."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

CPUS = 2
"""Number of CPUs that a node says it has."""

CONFIG = {
    "health_check_period_ms": 1000,
    "health_check_failure_threshold": 3,
    "worker_niceness": 0,
}
"""A node that says nothing for three seconds has ended, and workers get as much of the
processor as other processes."""


class RayCluster:
    """Two nodes, which are processes of this machine; more may be added."""

    def __init__(self) -> None:
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        # The user may have a token, for which this cluster does not ask.
        os.environ["RAY_AUTH_MODE"] = "disabled"
        from ray.cluster_utils import Cluster

        self._cluster = Cluster(
            initialize_head=True,
            head_node_args={
                "num_cpus": CPUS,
                "include_dashboard": False,
                "_system_config": CONFIG,
            },
        )
        self.present: list[Any] = []
        self.add()

    @property
    def address(self) -> str:
        address: str = self._cluster.address
        return address

    def add(self, cpus: int = CPUS) -> Any:
        """Add a node, and wait until it is there."""
        node = self._cluster.add_node(num_cpus=cpus)
        self._cluster.wait_for_nodes()
        self.present.append(node)
        return node

    def remove(self, node: Any) -> None:
        """End a node at once."""
        self.present.remove(node)
        self._cluster.remove_node(node, allow_graceful=False)

    def close(self) -> None:
        self._cluster.shutdown()


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[RayCluster]:
    """One cluster of two nodes for all tests; a test leaves it with two nodes."""
    pytest.importorskip("ray")
    cluster = RayCluster()
    yield cluster
    cluster.close()
