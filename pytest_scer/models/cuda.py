"""Wait for asynchronous CUDA work before a measurement begins or ends."""

from __future__ import annotations

from pytest_scer.models.libraries import function_of


def synchronize() -> None:
    """Wait for all CUDA work of this process, if torch is loaded and CUDA is in use.

    Devices on which this process holds no memory are skipped: synchronizing would create a
    context there. Nothing happens if a test has replaced a part of torch, and an error of CUDA is
    left to the test's own next call.
    """
    is_initialized = function_of("torch.cuda", "is_initialized")
    device_count = function_of("torch.cuda", "device_count")
    memory_reserved = function_of("torch.cuda", "memory_reserved")
    wait = function_of("torch.cuda", "synchronize")
    if not (is_initialized and device_count and memory_reserved and wait):
        return
    try:
        if is_initialized():
            for index in range(device_count()):
                if memory_reserved(index) > 0:
                    wait(index)
    except Exception:
        return
