"""``pytest-scer compare BASE HEAD``."""

from __future__ import annotations

import argparse
from pathlib import Path

from pytest_scer.cli.exit_codes import FAILED, OK

HELP = "compare a report with a baseline: another report, a baseline file, or a history"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the two to compare, the threshold and the format."""
    parser.add_argument("base", type=Path, metavar="BASE", help="the baseline")
    parser.add_argument("head", type=Path, metavar="HEAD", help="the report to compare with it")
    parser.add_argument(
        "--max-regression",
        default="10%",
        metavar="PCT",
        help="allowed growth, as in '10%%' or '10%% and 0.5 J' (default: %(default)s)",
    )
    parser.add_argument("--format", choices=("text", "md", "json"), default="text")


def run(arguments: argparse.Namespace) -> int:
    """Print the comparison; return 1 if a test or the session as a whole is a regression."""
    from pytest_scer.baseline.compare import compare
    from pytest_scer.baseline.history import Baseline
    from pytest_scer.baseline.store import BadBaseline, read_past
    from pytest_scer.baseline.threshold import Threshold
    from pytest_scer.formats import comparison

    base = Baseline.load(arguments.base)
    if not base.sessions:
        raise BadBaseline(f"{arguments.base}: {base.why_empty}")
    threshold = Threshold.parse(arguments.max_regression)
    compared = compare(base, read_past(arguments.head), threshold)
    if arguments.format == "json":
        print(comparison.as_json(compared))
    else:
        form = comparison.markdown if arguments.format == "md" else comparison.text
        for line in form(compared):
            print(line)
    return FAILED if compared.regressed else OK
