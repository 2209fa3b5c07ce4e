"""``pytest-scer report REPORT... -o PAGE.html``."""

from __future__ import annotations

import argparse
from pathlib import Path

from pytest_scer.cli.exit_codes import OK
from pytest_scer.cli.output import add_output, write_report
from pytest_scer.cli.saying import say

HELP = "write the page of a JSON report, or of several together"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the reports and the page."""
    parser.add_argument(
        "reports",
        type=Path,
        nargs="+",
        metavar="REPORT",
        help="a JSON report; several are merged, as the reports of shards are",
    )
    add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the page."""
    from pytest_scer.findings.applying import add_findings
    from pytest_scer.formats.terminal.headline import verdict
    from pytest_scer.report.merge import merge
    from pytest_scer.report.reading import read_report

    if len(arguments.reports) == 1:
        report = read_report(arguments.reports[0])
    else:
        report = merge(arguments.reports)
        add_findings(report)
    write_report(report, arguments.output)
    words, _ = verdict(report)
    say(f"{arguments.output}: {words}")
    return OK
