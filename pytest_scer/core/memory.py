"""Memory of large reports."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Pause the cyclic garbage collector while a report is read or a command runs.

    The entries of 100,000 tests have no cycles and live to the end, but the collector would go
    through all of them again each time their number grew by a quarter.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
