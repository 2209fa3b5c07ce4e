"""Parsers of numbers on the command line, whose errors say what is expected."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import Final

MOST: Final = 1e15
"""The largest number that is accepted: products of larger ones could overflow."""


def at_least(least: float) -> Callable[[str], float]:
    """Return a parser of numbers from ``least`` to :data:`MOST`."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and value >= least):
            raise argparse.ArgumentTypeError(f"{text!r}: expected a number of at least {least:g}")
        if value > MOST:
            raise argparse.ArgumentTypeError(f"{text!r}: expected a number of at most {MOST:g}")
        return value

    return parse


def share(text: str) -> float:
    """Parse a number from 0 to 1."""
    value = at_least(0)(text)
    if value > 1:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number from 0 to 1")
    return value


def percent(text: str) -> float:
    """Parse ``20%`` or ``20``, and return 0.2."""
    return at_least(0)(text.strip().removesuffix("%")) / 100


def count(text: str) -> int:
    """Parse a whole number that is at least 0."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number")
    return int(at_least(0)(text))


def count_from_1(text: str) -> int:
    """Parse a whole number that is at least 1."""
    number = count(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number of at least 1")
    return number


def add_top(parser: argparse.ArgumentParser, meaning: str, default: int) -> None:
    """Add ``--top N``, the number of rows to print.

    Args:
        parser: The parser of a sub-command.
        meaning: The help, without the default.
        default: The number if the option is not given.
    """
    parser.add_argument(
        "--top", type=count, default=default, metavar="N", help=f"{meaning} (default: %(default)s)"
    )
