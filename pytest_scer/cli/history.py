"""``pytest-scer history DIR``."""

from __future__ import annotations

import argparse
from pathlib import Path

from pytest_scer.cli.exit_codes import OK
from pytest_scer.cli.numbers import add_top

HELP = "print the trend of each test over the sessions of a history, the largest change first"
_TOP = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the directory, and how much of it to print."""
    parser.add_argument(
        "directory",
        type=Path,
        nargs="?",
        metavar="DIR",
        help="the history (default: scer_history of pytest's configuration)",
    )
    add_top(parser, "how many tests to print", _TOP)
    parser.add_argument("-v", "--verbose", action="store_true", help="print every session and test")


def run(arguments: argparse.Namespace) -> int:
    """Print the trends."""
    from pytest_scer.baseline.history import Baseline
    from pytest_scer.baseline.store import BadBaseline
    from pytest_scer.cli.configured import history_of
    from pytest_scer.cli.printing import print_lines
    from pytest_scer.formats import history
    from pytest_scer.formats.terminal.screen import Screen

    directory = history_of(arguments.directory, "name it: pytest-scer history DIR")
    baseline = Baseline.load(directory)
    if not baseline.sessions:
        raise BadBaseline(f"{directory}: {baseline.why_empty}")
    screen = Screen.of()
    print_lines(history.text(baseline, screen, top=arguments.top, whole=arguments.verbose))
    return OK
