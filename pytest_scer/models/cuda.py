"""The GPUs that this process uses, and waiting for their asynchronous work."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_scer.models.libraries import function_of


def devices_in_use() -> Iterator[int]:
    """The CUDA devices on which this process holds memory; others would get a context when asked.

    None where torch is not loaded, CUDA is not in use, or a test has replaced a part of torch.
    """
    is_initialized = function_of("torch.cuda", "is_initialized")
    device_count = function_of("torch.cuda", "device_count")
    memory_reserved = function_of("torch.cuda", "memory_reserved")
    if not (is_initialized and device_count and memory_reserved):
        return
    try:
        if is_initialized():
            yield from [index for index in range(device_count()) if memory_reserved(index) > 0]
    except Exception:
        return


def synchronize() -> None:
    """Wait for all CUDA work of this process before a measurement begins or ends.

    An error of CUDA is left to the test's own next call.
    """
    wait = function_of("torch.cuda", "synchronize")
    if wait is None:
        return
    try:
        for index in devices_in_use():
            wait(index)
    except Exception:
        return
