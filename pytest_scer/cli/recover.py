"""``pytest-scer recover JOURNAL -o OUT``."""

from __future__ import annotations

import argparse
from pathlib import Path

from pytest_scer.cli.exit_codes import OK
from pytest_scer.cli.output import add_output, write_report
from pytest_scer.core.units import counted

HELP = "rebuild the report of a session that did not end from its journal"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the journal, and where to write the report."""
    parser.add_argument("journal", type=Path, metavar="JOURNAL")
    add_output(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the report, and leave the journal as it is."""
    from pytest_scer.findings.applying import add_findings
    from pytest_scer.report.recover import recover

    report, missing, is_running = recover(arguments.journal)
    add_findings(report)
    write_report(report, arguments.output)
    found = f"{counted(len(report.tests), 'test')} recovered, {len(report.not_run)} did not finish"
    advice = (
        f"the session still runs: keep {arguments.journal}"
        if is_running
        else f"you can remove {arguments.journal}"
    )
    print(f"{arguments.output}: {found}; {advice}")
    if missing:
        print(f"{arguments.journal}: {missing}; what they held is missing from the report")
    return OK
