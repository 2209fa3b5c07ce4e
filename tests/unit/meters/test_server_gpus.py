from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from pytest_scer.meters.server_gpus import processes_on_gpus


def test_processes_are_listed_by_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    running = {0: [SimpleNamespace(pid=7)], 1: []}
    library = SimpleNamespace(
        nvmlDeviceGetCount=lambda: 2,
        nvmlDeviceGetHandleByIndex=lambda index: index,
        nvmlDeviceGetComputeRunningProcesses=lambda handle: running[handle],
    )
    monkeypatch.setitem(sys.modules, "pynvml", library)
    assert processes_on_gpus() == {0: {7}, 1: set()}


@pytest.mark.parametrize("library", [None, SimpleNamespace()])
def test_without_the_library_none_are_known(
    monkeypatch: pytest.MonkeyPatch, library: object
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", library)
    assert processes_on_gpus() == {}
