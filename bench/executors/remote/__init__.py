"""A worker on another machine: its host, its files, and what travels to it.

It knows nothing of how calls reach the machine. ``Host`` runs there; ``HostPlan`` says
how it starts its worker, and ``Files`` which files a request reads and writes.
"""

from bench.executors.remote.files import (
    Files,
    FileServer,
    NodeFiles,
    remove_copies,
    root_of,
)
from bench.executors.remote.host import Death, Host, HostFacts
from bench.executors.remote.packed import HostPlan, PackedPlan, Parcel

__all__ = [
    "Death",
    "FileServer",
    "Files",
    "Host",
    "HostFacts",
    "HostPlan",
    "NodeFiles",
    "PackedPlan",
    "Parcel",
    "remove_copies",
    "root_of",
]
