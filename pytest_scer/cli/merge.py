"""``pytest-scer merge REPORT... -o OUT``."""

from __future__ import annotations

import argparse
from pathlib import Path

from pytest_scer.cli.exit_codes import OK
from pytest_scer.cli.output import add_output, write_report
from pytest_scer.cli.saying import say
from pytest_scer.core.units import counted

HELP = "merge the reports of shards into one"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the shards, and where to write the report."""
    parser.add_argument(
        "reports", type=Path, nargs="+", metavar="REPORT", help="the JSON report of a shard"
    )
    add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the merged report."""
    from pytest_scer.findings.applying import add_findings
    from pytest_scer.report.merge import merge

    report = merge(arguments.reports)
    add_findings(report)
    write_report(report, arguments.output)
    say(
        f"{arguments.output}: {counted(len(report.tests), 'test')} from "
        f"{counted(len(arguments.reports), 'report')}, {counted(len(report.session.hosts), 'host')}"
    )
    return OK
