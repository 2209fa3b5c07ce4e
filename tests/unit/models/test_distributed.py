"""Processes that train together: with a real torch only, and without raising."""

from __future__ import annotations

import sys
from types import FunctionType, ModuleType
from typing import Any

import pytest

from pytest_scer.models.distributed import Group, Launch


def test_a_single_process() -> None:
    assert Group().gather((1.0, 2.0)) == [(1.0, 2.0)]


class Distributed:
    """A module like torch.distributed, in the second of three processes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.module = ModuleType("torch.distributed")
        self.module.__file__ = "torch/distributed/__init__.py"
        self.set("is_initialized", lambda: True)
        self.set("get_rank", lambda: 1)
        self.set("get_world_size", lambda: 3)
        self.set("all_gather_object", self.gather)
        monkeypatch.setitem(sys.modules, "torch.distributed", self.module)

    def set(self, name: str, implementation: Any) -> None:
        def function(*args: Any) -> Any:
            return implementation(*args)

        own: Any = FunctionType(function.__code__, globals(), name, None, function.__closure__)
        own.__module__ = "torch.distributed.distributed_c10d"
        setattr(self.module, name, own)

    @staticmethod
    def gather(values: list[Any], value: Any) -> None:
        values[:] = [(0.0,), value, (2.0,)]


@pytest.fixture
def distributed(monkeypatch: pytest.MonkeyPatch) -> Distributed:
    return Distributed(monkeypatch)


def test_a_group(distributed: Distributed) -> None:
    group = Group.current()
    assert (group.rank, group.size) == (1, 3)
    assert group.gather((1.0,)) == [(0.0,), (1.0,), (2.0,)]


def test_a_group_that_is_not_initialized(distributed: Distributed) -> None:
    distributed.set("is_initialized", lambda: False)
    assert Group.current() == Group()


def test_after_an_error_the_figures_of_the_others_are_unknown(distributed: Distributed) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("connection closed")

    group = Group.current()
    distributed.set("all_gather_object", fail)
    assert group.gather((1.0,)) is None
    distributed.set("is_initialized", fail)
    assert Group.current() == Group()


@pytest.mark.parametrize(
    ("environment", "launch"),
    [
        ({}, Launch()),
        ({"RANK": "1", "LOCAL_WORLD_SIZE": "2"}, Launch()),
        ({"TORCHELASTIC_RUN_ID": "x", "RANK": "3", "LOCAL_WORLD_SIZE": "2"}, Launch(3, 2)),
        ({"TORCHELASTIC_RUN_ID": "x"}, Launch()),
        ({"TORCHELASTIC_RUN_ID": "x", "RANK": "a", "LOCAL_WORLD_SIZE": "2"}, Launch()),
    ],
)
def test_a_launch(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], launch: Launch
) -> None:
    for name in ("TORCHELASTIC_RUN_ID", "RANK", "LOCAL_WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Launch.current() == launch
