"""Waiting for CUDA: with the real torch only, and without raising."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any
from unittest.mock import MagicMock

import pytest

from pytest_scer.models.cuda import synchronize


class Cuda:
    """A module like torch.cuda, with three devices; the process holds memory on the last two."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waited: list[int] = []
        self.module = ModuleType("torch.cuda")
        self.module.__file__ = "torch/cuda/__init__.py"
        self.set("is_initialized", lambda: True)
        self.set("device_count", lambda: 3)
        self.set("memory_reserved", lambda index: 1024 * index)
        self.set("synchronize", self.waited.append)
        monkeypatch.setitem(sys.modules, "torch.cuda", self.module)

    def set(self, name: str, implementation: Callable[..., Any]) -> None:
        """Define a function as the library itself does."""

        def function(*args: Any) -> Any:
            return implementation(*args)

        own: Any = FunctionType(function.__code__, globals(), name, None, function.__closure__)
        own.__module__ = "torch.cuda.memory" if name == "memory_reserved" else "torch.cuda"
        setattr(self.module, name, own)


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> Cuda:
    return Cuda(monkeypatch)


def test_it_waits_for_the_devices_in_use(cuda: Cuda) -> None:
    synchronize()
    assert cuda.waited == [1, 2]


def test_cuda_that_is_not_in_use(cuda: Cuda) -> None:
    cuda.set("is_initialized", lambda: False)
    synchronize()
    assert cuda.waited == []


@pytest.mark.parametrize(
    "name", ["is_initialized", "device_count", "memory_reserved", "synchronize"]
)
def test_errors_are_left_to_the_test(cuda: Cuda, name: str) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("device-side assert")

    cuda.set(name, fail)
    synchronize()


@pytest.mark.parametrize(
    "name", ["is_initialized", "device_count", "memory_reserved", "synchronize"]
)
@pytest.mark.parametrize(
    "replaced", [MagicMock(), lambda *_: 1, None], ids=["mock", "function", "none"]
)
def test_a_function_that_a_test_replaced(cuda: Cuda, name: str, replaced: object) -> None:
    setattr(cuda.module, name, replaced)
    synchronize()
    assert cuda.waited == []
    assert not getattr(replaced, "mock_calls", ())
