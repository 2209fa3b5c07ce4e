"""Wait for asynchronous CUDA work before a measurement begins or ends."""

from __future__ import annotations

import sys


def synchronize() -> None:
    """Wait for all CUDA work of this process, if torch is loaded and CUDA is in use.

    Devices on which this process holds no memory are skipped: synchronizing would create a
    context there.
    """
    torch = sys.modules.get("torch")
    cuda = getattr(torch, "cuda", None)
    if cuda is None or not cuda.is_initialized():
        return
    for index in range(cuda.device_count()):
        if cuda.memory_reserved(index) > 0:
            cuda.synchronize(index)
