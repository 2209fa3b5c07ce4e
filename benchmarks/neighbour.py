"""A busy process next to what is measured."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def neighbour(busy: bool) -> Iterator[None]:
    """Keep one core busy while the block runs, but never longer than this process lives."""
    if not busy:
        yield
        return
    source = f"import os\nwhile os.getppid() == {os.getpid()}: sum(range(1000))"
    with subprocess.Popen([sys.executable, "-c", source]) as process:
        try:
            yield
        finally:
            process.kill()
