"""Locks of meters in processes that a test forks."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Protocol


class _HasLock(Protocol):
    _lock: threading.Lock


def renew_lock_in_children(owner: _HasLock) -> None:
    """Give an object a new lock in every forked child of this process.

    A thread of the meter may hold the lock at the moment of the fork. The child has no such thread,
    so it would wait forever.

    Args:
        owner: The object; it can still be collected as garbage.
    """
    if not hasattr(os, "register_at_fork"):  # Windows
        return
    reference = weakref.ref(owner)

    def renew() -> None:
        alive = reference()
        if alive is not None:
            alive._lock = threading.Lock()  # noqa: SLF001 - that is what it asks for

    os.register_at_fork(after_in_child=renew)
