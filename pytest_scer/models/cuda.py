"""CUDA work runs behind Python's back: wait for it where a measurement begins or ends."""

from __future__ import annotations

import sys


def synchronize() -> None:
    """Wait for all CUDA work of this process, if torch is loaded and CUDA in use.

    Devices without memory of this process are left alone: waiting would make a context there.
    """
    torch = sys.modules.get("torch")
    cuda = getattr(torch, "cuda", None)
    if cuda is None or not cuda.is_initialized():
        return
    for index in range(cuda.device_count()):
        if cuda.memory_reserved(index) > 0:
            cuda.synchronize(index)
