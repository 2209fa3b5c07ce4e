"""``pytest-scer history DIR``."""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import median

from pytest_scer.cli.exit_codes import OK

HELP = "print the energy of each test over the sessions of a history, and its spread"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the directory."""
    parser.add_argument("directory", type=Path, metavar="DIR", help="the history")


def run(arguments: argparse.Namespace) -> int:
    """Print a line per session, and for each test median, spread, last and change to the anchor."""
    from tabulate import tabulate

    from pytest_scer.baseline.history import Baseline
    from pytest_scer.baseline.store import BadBaseline
    from pytest_scer.core import units

    baseline = Baseline.load(arguments.directory)
    if not baseline.sessions:
        raise BadBaseline(f"{arguments.directory}: {baseline.why_empty}")
    rolling = baseline.against(baseline.sessions[-1].fingerprint)
    for session in baseline.sessions:
        remark = "" if any(session is each for each in rolling.sessions) else ", not comparable"
        print(f"{session.started_at}  {session.name}: {len(session.tests)} tests{remark}")
    anchor = baseline.anchored(baseline.sessions[-1].fingerprint)
    print(f"anchor: {'none' if anchor is None else f'{len(anchor.sessions)} sessions'}\n")
    rows = []
    for nodeid in sorted(rolling.nodeids):
        joules = [sample.cost_j for sample in rolling.samples(nodeid)]
        if not joules:
            continue
        middle_j = median(joules)
        fixed = [each.cost_j for each in anchor.samples(nodeid)] if anchor is not None else []
        rows.append(
            [
                nodeid,
                len(joules),
                units.quantity(middle_j, "J"),
                f"{(max(joules) - min(joules)) / middle_j:.0%}" if middle_j else "-",
                units.quantity(joules[-1], "J"),
                f"{middle_j / median(fixed) - 1:+.0%}" if fixed and median(fixed) else "-",
            ]
        )
    headers = ["test", "runs", "median", "spread", "last", "to anchor"]
    print(tabulate(rows, headers, tablefmt="plain", disable_numparse=True))
    return OK
