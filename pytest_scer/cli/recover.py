"""``pytest-scer recover JOURNAL -o OUT``."""

from __future__ import annotations

import argparse
from pathlib import Path

from pytest_scer.cli.exit_codes import OK
from pytest_scer.cli.output import add_output, write_report

HELP = "rebuild the report of a session that did not end from its journal"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the journal, and where to write the report."""
    parser.add_argument("journal", type=Path, metavar="JOURNAL")
    add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the report, and leave the journal as it is."""
    from pytest_scer.findings.applying import add_findings
    from pytest_scer.report.recover import recover

    report = recover(arguments.journal)
    add_findings(report)
    write_report(report, arguments.output)
    print(
        f"{arguments.output}: {len(report.tests)} tests recovered, "
        f"{len(report.not_run)} did not finish; you can remove {arguments.journal}"
    )
    return OK
