"""``pytest-scer show REPORT``."""

from __future__ import annotations

import argparse
from pathlib import Path

from pytest_scer.cli.exit_codes import FAILED, OK
from pytest_scer.config.options import SORT_KEYS

HELP = "print a JSON report as at the end of a session"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the report, and order and length of its table of tests."""
    parser.add_argument("report", type=Path, metavar="REPORT")
    parser.add_argument("--sort", choices=SORT_KEYS, default="energy", help="order of the table")
    parser.add_argument(
        "--top", type=int, default=20, metavar="N", help="how many tests the table shows"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the report; return 1 if one of its budgets is exceeded."""
    from pytest_scer.formats import terminal
    from pytest_scer.report.reading import read_report

    report = read_report(arguments.report)
    for line in terminal.lines(report, sort=arguments.sort, top=arguments.top):
        print(line)
    exceeded = any(budget.verdict == "exceeded" for budget in terminal.all_budgets(report))
    return FAILED if exceeded else OK
