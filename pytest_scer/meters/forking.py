"""Locks of meters in processes that a test forks."""

from __future__ import annotations

import os
import threading


def lock_free_in_children() -> threading.Lock:
    """Return a lock that is free in every forked child of this process.

    A thread of the meter may hold the lock at the moment of the fork. The child has no such thread,
    so it would wait forever.
    """
    lock = threading.Lock()
    if hasattr(os, "register_at_fork"):  # not on Windows
        # What the standard library's own locks register. A function of this module would keep the
        # whole session in memory until Python's last garbage collection: pytest rewrites the
        # module's asserts, and so its globals lead to pytest's configuration.
        renew = lock._at_fork_reinit  # type: ignore[attr-defined]  # noqa: SLF001
        os.register_at_fork(after_in_child=renew)
    return lock
