"""Checks of the environment, the store and the caches, without Keras."""

from bench.doctor.caches import check_caches
from bench.doctor.environment import check_environment
from bench.doctor.finding import Finding, State
from bench.doctor.store import check_store

__all__ = [
    "Finding",
    "State",
    "check_caches",
    "check_environment",
    "check_store",
]
