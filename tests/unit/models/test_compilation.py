"""Compilations, with a module like that of TorchDynamo's callbacks."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from pytest_scer.core.measurement import Reading
from pytest_scer.models.compilation import compilations


class Handler:
    def __init__(self) -> None:
        self.start_callbacks: list[Callable[..., None]] = []
        self.end_callbacks: list[Callable[..., None]] = []

    def register_start_callback(self, callback: Callable[..., None]) -> None:
        self.start_callbacks.append(callback)

    def register_end_callback(self, callback: Callable[..., None]) -> None:
        self.end_callbacks.append(callback)

    def remove_start_callback(self, callback: Callable[..., None]) -> None:
        self.start_callbacks.remove(callback)

    def remove_end_callback(self, callback: Callable[..., None]) -> None:
        self.end_callbacks.remove(callback)

    def compile(self) -> None:
        for callbacks in (self.start_callbacks, self.end_callbacks):
            for callback in [*callbacks]:
                callback("args")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def read(self) -> Reading:
        self.now += 1
        return Reading(self.now, self.now, self.now, None, None)


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Handler:
    module = ModuleType("torch._dynamo.callback")
    module.__file__ = "torch/_dynamo/callback.py"
    made = Handler()
    vars(module)["callback_handler"] = made
    monkeypatch.setitem(sys.modules, "torch._dynamo.callback", module)
    return made


def test_what_compiling_used_is_no_part_of_the_work(handler: Handler) -> None:
    clock, done = Clock(), list[Any]()
    with compilations(clock.read, lambda *span: done.append(span)) as seen:
        start = clock.read()
        handler.compile()
        end = clock.read()
        handler.compile()
    assert [each.cpu_j for each in seen.within(start, end)] == [1]
    assert seen.work(start, end).cpu_j == 2
    assert len(done) == 2
    assert not handler.start_callbacks
    assert not handler.end_callbacks


def test_only_the_innermost_block_sees_it(handler: Handler) -> None:
    def others(*_: object) -> None:
        calls.append("theirs")

    calls: list[str] = []
    handler.register_start_callback(others)
    clock = Clock()
    with compilations(clock.read) as outer:
        with compilations(clock.read) as inner:
            handler.compile()
        handler.compile()
    assert (len(outer.spans), len(inner.spans)) == (1, 1)
    assert calls == ["theirs", "theirs"]
    assert handler.start_callbacks == [others]


def test_compiling_in_another_thread_is_not_the_tests(handler: Handler) -> None:
    with compilations(Clock().read) as seen:
        thread = threading.Thread(target=handler.compile)
        thread.start()
        thread.join()
    assert not seen.spans


def test_without_torch_nothing_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch._dynamo.callback", None)
    with compilations(Clock().read) as seen:
        pass
    assert not seen.spans
