from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest

from pytest_scer.models import random_numbers
from pytest_scer.models.random_numbers import same_random_numbers


def test_without_torch_it_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.random", None)
    with same_random_numbers():
        pass


def test_only_the_gpus_in_use_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a list of devices, torch warns where there are several."""
    asked: list[Any] = []

    @contextmanager
    def fork_rng(devices: list[int]) -> Iterator[None]:
        asked.append(devices)
        yield

    fork_rng.__module__ = "torch.random"
    module = ModuleType("torch.random")
    module.__file__ = "torch/random.py"
    vars(module)["fork_rng"] = fork_rng
    monkeypatch.setitem(sys.modules, "torch.random", module)
    monkeypatch.setattr(random_numbers, "devices_in_use", lambda: iter([1, 3]))
    with same_random_numbers():
        pass
    assert asked == [[1, 3]]
