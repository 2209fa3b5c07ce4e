"""Locks in forked processes."""

from __future__ import annotations

import gc
import os
import threading
import warnings
import weakref

import pytest

from pytest_scer.meters.forking import renew_lock_in_children

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


class Owner:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        renew_lock_in_children(self)


def exit_status_of_child(owner: Owner) -> int:
    """0 if a forked child can take the lock."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of fork, in a process with threads
        pid = os.fork()
    if not pid:
        os._exit(0 if owner._lock.acquire(timeout=1) else 1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_the_lock_is_free_in_a_child() -> None:
    owner = Owner()
    with owner._lock:
        assert exit_status_of_child(owner) == 0
        assert owner._lock.locked()


def test_the_owner_can_be_collected() -> None:
    owner = Owner()
    reference = weakref.ref(owner)
    del owner
    gc.collect()
    assert reference() is None
    assert exit_status_of_child(Owner()) == 0
