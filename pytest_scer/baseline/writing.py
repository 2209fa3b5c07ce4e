"""One writer at a time: what sessions read, change and write again, as a baseline file."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

WAIT_S: Final = 10.0
"""Seconds to wait for another session, which needs a fraction of one."""
_RETRY_S: Final = 0.01

if sys.platform == "win32":  # pragma: no cover - a directory cannot be locked there

    @contextmanager
    def writing(_directory: Path) -> Iterator[None]:
        """Do not wait: there are no locks."""
        yield

else:
    import fcntl

    @contextmanager
    def writing(directory: Path) -> Iterator[None]:
        """Be the only one who changes the files of a directory; leaves no file behind.

        On a file system without locks, this does not wait.

        Raises:
            OSError: There is no such directory.
            TimeoutError: Another process keeps it locked.
        """
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            _lock(descriptor)
            yield
        finally:
            os.close(descriptor)

    def _lock(
        descriptor: int,
        # Held here, where a test that replaces clocks does not find them.
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        until_s = clock() + WAIT_S
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if clock() > until_s:
                    raise TimeoutError(f"another process has locked it for {WAIT_S:g} s") from None
                sleep(_RETRY_S)
            except OSError:  # no locks here
                return
            else:
                return
