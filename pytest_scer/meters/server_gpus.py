"""Which processes compute on which NVIDIA GPU.

It asks NVIDIA's management library, which CodeCarbon loads where there is one. In a container, the
library may list no processes.
"""

from __future__ import annotations

import sys
from typing import Any


def gpu_count() -> int:
    """How many GPUs the machine has, visible to this process or not; 0 without the library."""
    try:
        return int(_library().nvmlDeviceGetCount())
    except Exception:  # the library has an error class of its own, and one per return code
        return 0


def processes_on(gpu: int) -> set[int]:
    """The IDs of the processes that have a context on a GPU; empty if that is unknown.

    Args:
        gpu: Its index.
    """
    try:
        handle = _library().nvmlDeviceGetHandleByIndex(gpu)
        running = _library().nvmlDeviceGetComputeRunningProcesses(handle)
        return {int(each.pid) for each in running}
    except Exception:  # as above
        return set()


def _library() -> Any:
    return sys.modules["pynvml"]
