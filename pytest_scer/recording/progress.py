"""A line on the terminal while a test is repeated or the idle machine is measured.

It stands behind what pytest has printed on the current line, and is erased when the work is done.
pytest captures the output of tests, so the line goes to a duplicate of the terminal's descriptor.
That needs no change to the capturing, and nothing of it reaches logs, pipes or captured output.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from functools import partial
from typing import Final, Protocol

import pytest

EVERY_S: Final = 0.25
"""The line changes at most this often, so that showing it costs next to nothing."""
FEWEST_COLUMNS: Final = 20
"""Less room than this shows nothing."""

_SAVE: Final = "\x1b7"
_RESTORE: Final = "\x1b8"
_ERASE: Final = "\x1b[K"
"""Erases from the cursor to the end of the line (ECMA-48, EL)."""


class Progress(Protocol):
    """Where to show what takes long."""

    def show(self, text: str) -> None:
        """Show what is done, and how long it takes at most."""

    def clear(self) -> None:
        """Erase it, if anything is shown."""


class NoProgress:
    """Shows nothing."""

    def show(self, text: str) -> None:
        """Do nothing."""

    def clear(self) -> None:
        """Do nothing."""


class TerminalProgress:
    """Shows it behind the text on the current line of the terminal."""

    def __init__(self, descriptor: int, config: pytest.Config) -> None:
        """Show nothing yet.

        Args:
            descriptor: The terminal.
            config: The pytest config object, which knows how full the line is.
        """
        self._descriptor = descriptor
        self._config = config
        # Held from here on, because tests replace clocks and functions of the system.
        self._now_s, self._write_to, self._is_terminal = time.monotonic, os.write, os.isatty
        self._shown_s: float | None = None

    def show(self, text: str) -> None:
        """Show what is done; a change that follows too soon is left out."""
        now_s = self._now_s()
        if self._shown_s is not None and now_s - self._shown_s < EVERY_S:
            return
        room = self._room()
        if room < FEWEST_COLUMNS:
            return
        self._shown_s = now_s
        self._write(f"{_SAVE} {_plain(text)[:room]}{_ERASE}{_RESTORE}")

    def _room(self) -> int:
        """The columns that are left on the current line.

        The width is that of the terminal itself: pytest asks the standard output for it, which is
        not the terminal while it is captured.
        """
        try:
            width = os.get_terminal_size(self._descriptor).columns
        except OSError:
            return 0
        if width == 0:
            return 0
        used = self._config.get_terminal_writer().width_of_current_line % width
        return width - used - 2  # a cursor behind the last column would be on the next line

    def clear(self) -> None:
        """Erase the line from the cursor on."""
        if self._shown_s is not None:
            self._shown_s = None
            self._write(_ERASE)

    def _write(self, text: str) -> None:
        """Write to the terminal; a test may have closed it, or even reused its descriptor."""
        with suppress(OSError):
            if self._is_terminal(self._descriptor):
                self._write_to(self._descriptor, text.encode("ascii"))


def _plain(text: str) -> str:
    """The text with one column per character, and nothing that a terminal would interpret."""
    return "".join(each if each.isascii() and each.isprintable() else "?" for each in text)


def progress_of(config: pytest.Config) -> Progress:
    """Show progress on a terminal that a person watches; elsewhere nothing.

    Call this where pytest does not capture: while it configures, or at the end of collection.
    """
    if not is_watched(config):
        return NoProgress()
    descriptor = os.dup(1)
    config.add_cleanup(partial(_close, descriptor))
    return TerminalProgress(descriptor, config)


def _close(descriptor: int) -> None:
    with suppress(OSError):  # a test may have closed it
        os.close(descriptor)


def is_watched(config: pytest.Config) -> bool:
    """Whether a person can see the line, and nothing else writes on it.

    Output that is not captured, or live logging, would be erased together with the line.
    """
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    return (
        terminal is not None
        and terminal.isatty()
        and os.isatty(1)
        and sys.platform != "win32"
        and os.environ.get("TERM", "dumb") != "dumb"
        and not any(os.environ.get(name) for name in ("CI", "BUILD_NUMBER"))
        and config.get_verbosity() >= 0
        and config.getoption("capture", "no") == "fd"
        and not (config.pluginmanager.has_plugin("logging") and config.getini("log_cli"))
        and config.getoption("log_cli_level", None) is None
    )
