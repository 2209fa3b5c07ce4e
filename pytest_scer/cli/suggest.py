"""``pytest-scer suggest REPORT...``: budgets from what was measured."""

from __future__ import annotations

import argparse
from pathlib import Path

from pytest_scer.cli.exit_codes import OK
from pytest_scer.cli.numbers import percent

HELP = "suggest budgets from one or more reports, as configuration"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the reports, the headroom, the functional unit and the form."""
    from pytest_scer.core.limits import HEADROOM
    from pytest_scer.formats.suggested_budgets import FORMS

    parser.add_argument(
        "reports", type=Path, nargs="+", metavar="REPORT", help="the JSON report of a session"
    )
    parser.add_argument(
        "--headroom",
        type=percent,
        default=HEADROOM,
        metavar="PCT",
        help=f"how far limits are above the upper end of the interval (default: {HEADROOM:.0%}%)",
    )
    parser.add_argument("--per", metavar="UNIT", help="budgets per functional unit, as in token")
    parser.add_argument(
        "--format", choices=FORMS, default=FORMS[0], help="the configuration file's format"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the budgets.

    Raises:
        ValueError: A report cannot be read, or no test has a figure.
    """
    from pytest_scer.baseline.suggested_budgets import Request, suggest
    from pytest_scer.core.units import singular
    from pytest_scer.formats.suggested_budgets import lines
    from pytest_scer.report.reading import read_report

    unit = None if arguments.per is None else singular(arguments.per)
    request = Request(arguments.headroom, unit)
    suggestions = suggest(map(read_report, arguments.reports), request)
    for line in lines(suggestions, request, arguments.format):
        print(line)
    if not suggestions.budgets:
        raise ValueError("no test has a figure to base a budget on")
    return OK
