"""Commands in a pseudo-terminal, with what only a terminal has: columns, and colors."""

from __future__ import annotations

import os
import struct
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest


def run_in_a_terminal(
    command: Sequence[str], columns: int, cwd: Path | None = None, **environment: str
) -> str:
    """Run a command in a terminal of this width, and return what it shows.

    Args:
        command: The command.
        columns: The width.
        cwd: Its working directory.
        environment: Variables that it gets.
    """
    fcntl = pytest.importorskip("fcntl", reason="needs pseudo-terminals")
    import pty
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    hidden = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "PY_COLORS", "CI")
    clean = {name: value for name, value in os.environ.items() if name not in hidden}
    environment = {**clean, "PYTHONIOENCODING": "utf-8", **environment}
    with subprocess.Popen(command, cwd=cwd, stdout=theirs, stderr=theirs, env=environment):
        os.close(theirs)
        return b"".join(_read(ours)).decode().replace("\r\n", "\n")


def _read(descriptor: int) -> Iterator[bytes]:
    with open(descriptor, "rb", buffering=0) as stream:
        while True:
            try:
                chunk = stream.read(4096)
            except OSError:  # how Linux reports that the other end is closed
                return
            if not chunk:
                return
            yield chunk
