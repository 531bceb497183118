"""Workers on the nodes of a Ray cluster; the only package that imports Ray.

``Cluster`` joins a cluster, and ``RayExecutor`` runs requests there.
"""

from bench.executors.ray.cluster import Cluster, check_address
from bench.executors.ray.executor import RayExecutor

__all__ = ["Cluster", "RayExecutor", "check_address"]
