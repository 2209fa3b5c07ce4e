"""Numbers on the command line, refused with what would have been right."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable


def at_least(least: float) -> Callable[[str], float]:
    """A finite number from ``least`` up."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and value >= least):
            raise argparse.ArgumentTypeError(f"{text!r}: expected a number of at least {least:g}")
        return value

    return parse


def share(text: str) -> float:
    """A number from 0 to 1."""
    value = at_least(0)(text)
    if value > 1:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number from 0 to 1")
    return value


def count(text: str) -> int:
    """A whole number from 0 up."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number")
    return int(text)
