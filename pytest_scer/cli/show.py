"""``pytest-scer show REPORT``."""

from __future__ import annotations

import argparse
from pathlib import Path

from pytest_scer.cli.exit_codes import FAILED, OK
from pytest_scer.cli.numbers import add_top
from pytest_scer.config.options import SORT_KEYS
from pytest_scer.core import TOP

HELP = "print a JSON report as at the end of a session"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the report, how much of it to print, and order and length of its ranking."""
    parser.add_argument("report", type=Path, metavar="REPORT")
    parser.add_argument("--sort", choices=SORT_KEYS, default="energy", help="order of the ranking")
    add_top(parser, "how many tests and fixtures the ranking shows", TOP)
    parser.add_argument("-v", "--verbose", action="store_true", help="print all of it")
    parser.add_argument("-q", "--quiet", action="store_true", help="print verdict and total")


def run(arguments: argparse.Namespace) -> int:
    """Print the report; return 1 if one of its budgets is exceeded."""
    from pytest_scer.cli.printing import print_lines
    from pytest_scer.formats.terminal.headline import all_budgets
    from pytest_scer.formats.terminal.screen import Screen
    from pytest_scer.formats.terminal.session import View, lines
    from pytest_scer.report.reading import read_report

    report = read_report(arguments.report)
    view = View(
        sort=arguments.sort,
        top=arguments.top,
        verbosity=int(arguments.verbose) - int(arguments.quiet),
    )
    print_lines(lines(report, view, Screen.of()))
    exceeded = any(budget.verdict == "exceeded" for budget in all_budgets(report))
    return FAILED if exceeded else OK
