"""Locks in forked processes."""

from __future__ import annotations

import os
import threading
import warnings

import pytest

from pytest_scer.meters.forking import lock_free_in_children

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


def exit_status_of_child(lock: threading.Lock) -> int:
    """0 if a forked child can take the lock."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of fork, in a process with threads
        pid = os.fork()
    if not pid:
        os._exit(0 if lock.acquire(timeout=1) else 1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_the_lock_is_free_in_a_child() -> None:
    lock = lock_free_in_children()
    with lock:
        assert exit_status_of_child(lock) == 0
        assert lock.locked()


def test_what_it_registers_keeps_nothing_else_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    registered: list[object] = []
    monkeypatch.setattr(os, "register_at_fork", lambda **hooks: registered.extend(hooks.values()))
    lock = lock_free_in_children()
    (hook,) = registered
    # The globals of a Python function would lead to pytest's configuration.
    assert not hasattr(hook, "__globals__")
    assert getattr(hook, "__self__", None) is lock
