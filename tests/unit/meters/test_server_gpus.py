from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from pytest_scer.meters.server_gpus import gpu_count, processes_on


def test_processes_are_listed_by_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    running = {"first": [SimpleNamespace(pid=7)], "second": []}
    library = SimpleNamespace(
        nvmlDeviceGetCount=lambda: 2,
        nvmlDeviceGetHandleByIndex=lambda index: [*running][index],
        nvmlDeviceGetComputeRunningProcesses=lambda handle: running[handle],
    )
    monkeypatch.setitem(sys.modules, "pynvml", library)
    assert gpu_count() == 2
    assert [processes_on(gpu) for gpu in range(3)] == [{7}, set(), set()]


@pytest.mark.parametrize("library", [None, SimpleNamespace()])
def test_without_the_library_none_are_known(
    monkeypatch: pytest.MonkeyPatch, library: object
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", library)
    assert gpu_count() == 0
    assert processes_on(0) == set()
