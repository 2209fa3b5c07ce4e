"""Which processes compute on which NVIDIA GPU."""

from __future__ import annotations

import sys
from typing import Any


def processes_on_gpus() -> dict[int, set[int]]:
    """The IDs of the processes that have a context on each GPU, by its index.

    Empty without NVIDIA's management library, which CodeCarbon loads where there is one. In a
    container, the library may not list the processes either.
    """
    library: Any = sys.modules.get("pynvml")
    if library is None:
        return {}
    try:
        return {
            index: {int(each.pid) for each in _processes(library, index)}
            for index in range(library.nvmlDeviceGetCount())
        }
    except Exception:  # the library has an error class of its own, and one per return code
        return {}


def _processes(library: Any, index: int) -> list[Any]:
    handle = library.nvmlDeviceGetHandleByIndex(index)
    return [*library.nvmlDeviceGetComputeRunningProcesses(handle)]
