"""Threads that were left running, and which of them are busy. Not simulated: real threads."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from pytest_scer.recording.threads import BUSY_S, Threads, _used_s
from pytest_scer.system import System

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such clocks")


@contextmanager
def running(target: Callable[[threading.Event], None], name: str) -> Iterator[threading.Thread]:
    stop = threading.Event()
    thread = threading.Thread(target=target, args=(stop,), name=name, daemon=True)
    thread.start()
    yield thread
    stop.set()
    thread.join()


def spin(stop: threading.Event) -> None:
    while not stop.is_set():
        pass


def idle(stop: threading.Event) -> None:
    stop.wait()


def use(thread: threading.Thread, seconds: float) -> None:
    """Wait until a thread has used that much CPU time."""
    before_s = _used_s(thread)
    assert before_s is not None
    while (_used_s(thread) or 0) < before_s + seconds:
        time.sleep(1e-3)


def test_the_thread_that_runs_the_tests_is_not_one_of_them() -> None:
    threads = Threads()
    before = threads.alive()
    assert threading.current_thread() not in before
    with running(idle, "idle") as thread:
        assert threads.alive() - before == {thread}
    assert threads.alive() == before


def test_what_ran_before_is_not_one_of_them() -> None:
    with running(idle, "earlier") as earlier:
        threads = Threads()
        assert earlier not in threads.alive()


def test_a_busy_thread_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = Threads()
    with running(spin, "busy") as busy, running(idle, "quiet") as quiet:
        # However busy the machine is, the glance lasts until the thread has run.
        monkeypatch.setattr(System, "sleep", lambda seconds: use(busy, seconds))
        assert threads.busy([busy, quiet], "the test", "test_it.py::test_it") == ["busy"]
        monkeypatch.undo()
        assert list(threads.turned_busy()) == []


def test_a_thread_that_becomes_busy_is_named_once() -> None:
    threads, begin = Threads(), threading.Event()

    def later(stop: threading.Event) -> None:
        begin.wait()
        spin(stop)

    with running(later, "later") as thread:
        assert threads.busy([thread], "the test", "test_it.py::test_it") == []
        assert list(threads.turned_busy()) == []
        begin.set()
        use(thread, 2 * BUSY_S)
        ((quiet, seconds),) = threads.turned_busy()
        assert quiet.thread is thread
        assert (quiet.who, quiet.nodeid) == ("the test", "test_it.py::test_it")
        assert seconds >= BUSY_S
        assert list(threads.turned_busy()) == []


def test_a_thread_that_has_ended() -> None:
    threads = Threads()
    with running(idle, "quiet") as thread:
        assert threads.busy([thread], "the test", "test_it.py::test_it") == []
    assert list(threads.turned_busy()) == []
    assert threads.busy([thread], "the test", "test_it.py::test_it") == []
    assert threads.busy([threading.Thread()], "the test", "test_it.py::test_it") == []
