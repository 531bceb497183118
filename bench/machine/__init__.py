"""The memory that this process can take, its processor, its GPU, and whether it is a
worker.
"""

from bench.machine.accelerator import default_size, gpus, has_gpu
from bench.machine.memory import available_memory
from bench.machine.precision import prefers_bfloat16
from bench.machine.processor import computes_bfloat16, processor
from bench.machine.role import WORKER, is_worker

__all__ = [
    "WORKER",
    "available_memory",
    "computes_bfloat16",
    "default_size",
    "gpus",
    "has_gpu",
    "is_worker",
    "prefers_bfloat16",
    "processor",
]
