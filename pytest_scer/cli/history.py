"""``pytest-scer history DIR``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_scer.cli.exit_codes import OK
from pytest_scer.cli.numbers import add_top
from pytest_scer.cli.page_output import add_page_output, check_page, write_page

if TYPE_CHECKING:
    from pytest_scer.baseline.history import Baseline

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
    add_page_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the trends, or write their page."""
    from pytest_scer.baseline.history import Baseline
    from pytest_scer.baseline.store import BadBaseline
    from pytest_scer.cli.configured import history_of
    from pytest_scer.cli.printing import print_lines
    from pytest_scer.formats import history
    from pytest_scer.formats.terminal.screen import Screen

    if arguments.output is not None:
        check_page(arguments.output)
    directory = history_of(arguments.directory, "name it: pytest-scer history DIR")
    baseline = Baseline.load(directory)
    if not baseline.sessions:
        raise BadBaseline(f"{directory}: {baseline.why_empty}")
    if arguments.output is not None:
        _write(baseline, arguments.output)
        return OK
    screen = Screen.of()
    print_lines(history.text(baseline, screen, top=arguments.top, whole=arguments.verbose))
    return OK


def _write(baseline: Baseline, path: Path) -> None:
    from pytest_scer.cli.saying import say
    from pytest_scer.formats.page.history_page import dump_history
    from pytest_scer.formats.terminal.headline import counted

    write_page(path, dump_history, baseline)
    say(f"{path}: {counted(len(baseline.sessions), 'session')} of {baseline.name}")
