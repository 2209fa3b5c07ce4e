"""How the sub-commands print lines."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Final

from pytest_scer.core.shown import uncommanded
from pytest_scer.formats.terminal.screen import Line

_ESCAPES: Final = {"bad": "31;1", "doubtful": "33", "good": "32", "title": "1"}
"""The styles as ANSI escape codes (ECMA-48, SGR)."""


def print_lines(lines: Iterable[Line]) -> None:
    """Print lines to the standard output, marked if that is a terminal that shows colors."""
    colored = sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and not _no_color()
    for line, style in lines:
        text = uncommanded(line)
        code = _ESCAPES.get(style) if colored else None
        print(text if code is None or not text else f"\x1b[{code}m{text}\x1b[0m")


def _no_color() -> bool:
    """Whether the user wants no colors (no-color.org)."""
    return bool(os.environ.get("NO_COLOR"))
