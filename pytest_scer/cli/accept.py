"""``pytest-scer accept DIR [TEST...]``."""

from __future__ import annotations

import argparse
from pathlib import Path

from pytest_scer.cli.exit_codes import OK
from pytest_scer.cli.saying import say

HELP = "accept what tests cost now as their new baseline"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The history, and which tests."""
    parser.add_argument("directory", type=Path, metavar="DIR", help="the history")
    parser.add_argument(
        "tests",
        nargs="*",
        metavar="TEST",
        help="node IDs (default: every test that is a regression in the newest session)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the accepted levels into the history."""
    from pytest_scer.baseline.history import Baseline
    from pytest_scer.baseline.levels import accepted, read_levels, write_levels
    from pytest_scer.baseline.store import BadBaseline
    from pytest_scer.baseline.writing import writing
    from pytest_scer.report.files import reason

    if not arguments.directory.is_dir():
        raise BadBaseline(f"{arguments.directory}: not a directory; expected a history")
    baseline = Baseline.load(arguments.directory)
    if not baseline.sessions:
        raise BadBaseline(f"{arguments.directory}: {baseline.why_empty}; expected a history")
    newest = baseline.sessions[-1]
    tests = arguments.tests or sorted(newest.regressed)
    if not tests:
        raise ValueError(
            f"{arguments.directory}: no test is a regression in its newest session, {newest.name}; "
            "name the tests to accept"
        )
    new = accepted(baseline.sessions, tests)
    try:
        with writing(arguments.directory):
            levels = {**read_levels(arguments.directory), **new}
            path = write_levels(arguments.directory, levels)
    except OSError as error:
        raise ValueError(f"{arguments.directory}: {reason(error)}") from None
    for nodeid in tests:
        say(f"{nodeid}: accepted since the session of {levels[nodeid].since}")
    say(f"written to {path}")
    return OK
