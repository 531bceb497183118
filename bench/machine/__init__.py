"""What the machine has: the memory that this process can take."""

from bench.machine.memory import available_memory

__all__ = ["available_memory"]
