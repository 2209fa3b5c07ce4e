"""The peaks of memory: of the CPU by the kernel, of GPUs with a module like torch.cuda."""

from __future__ import annotations

import sys
from types import FunctionType, ModuleType
from typing import Any

import pytest

from pytest_scer.models.memory import Peaks

MIB = 2**20


class Gpus:
    """Two devices; the process holds memory on both."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.used, self.peak, self.allocations = [0, 0], [0, 0], [0, 0]
        self.module = ModuleType("torch.cuda")
        self.module.__file__ = "torch/cuda/__init__.py"
        functions: dict[str, Any] = {
            "is_initialized": lambda: True,
            "device_count": lambda: 2,
            "memory_reserved": lambda index: 1,
            "memory_stats": lambda index: {"allocation.all.allocated": self.allocations[index]},
            "reset_peak_memory_stats": self.reset,
            "max_memory_allocated": lambda index: self.peak[index],
        }
        for name, implementation in functions.items():
            self.set(name, implementation)
        monkeypatch.setitem(sys.modules, "torch.cuda", self.module)

    def set(self, name: str, implementation: Any) -> None:
        def function(*args: Any) -> Any:
            return implementation(*args)

        own: Any = FunctionType(function.__code__, globals(), name, None, function.__closure__)
        own.__module__ = "torch.cuda.memory"
        setattr(self.module, name, own)

    def reset(self, index: int) -> None:
        self.peak[index] = self.used[index]

    def use(self, index: int, size: int) -> None:
        """Allocate so much and free it."""
        self.allocations[index] += 1
        self.peak[index] = max(self.peak[index], size)


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> Gpus:
    return Gpus(monkeypatch)


def without_cpu(peaks: dict[str, int]) -> dict[str, int]:
    return {device: peak for device, peak in peaks.items() if device != "cpu"}


def test_a_peak_is_that_of_the_work_alone_and_of_the_devices_that_worked(gpus: Gpus) -> None:
    peaks = Peaks()
    gpus.use(0, 500)
    peaks.begin()
    gpus.use(0, 100)
    assert without_cpu(peaks.end()) == {"cuda:0": 100}


def test_an_outer_piece_of_work_holds_the_peaks_of_those_in_it(gpus: Gpus) -> None:
    peaks = Peaks()
    peaks.begin()
    gpus.use(0, 300)
    peaks.begin()
    gpus.use(1, 200)
    assert without_cpu(peaks.end()) == {"cuda:1": 200}
    gpus.use(0, 100)
    assert without_cpu(peaks.end()) == {"cuda:0": 300, "cuda:1": 200}


@pytest.mark.parametrize(
    "name", ["device_count", "memory_stats", "reset_peak_memory_stats", "max_memory_allocated"]
)
def test_errors_of_a_device_are_no_errors_of_the_test(gpus: Gpus, name: str) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("device-side assert")

    gpus.set(name, fail)
    peaks = Peaks()
    peaks.begin()
    gpus.use(0, 100)
    peaks.end()


@pytest.mark.skipif(sys.platform != "linux", reason="reads proc(5)")
def test_the_peak_of_the_cpu() -> None:
    peaks = Peaks()
    peaks.begin()
    large = bytearray(64 * MIB)
    large[::4096] = b"x" * len(large[::4096])
    del large
    high = peaks.end().get("cpu")
    peaks.begin()
    low = peaks.end().get("cpu")
    if high is None or low is None:
        pytest.skip("this kernel does not reset the peak")
    assert high - low > 32 * MIB
