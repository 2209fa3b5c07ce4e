"""Writing a report where a sub-command is told to."""

from __future__ import annotations

import argparse
from pathlib import Path

from pytest_scer.formats.writing import KINDS, write
from pytest_scer.report.model import Report


def add_output(parser: argparse.ArgumentParser) -> None:
    """The ``-o`` option."""
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="OUT",
        help=f"the report to write; its suffix chooses the form ({', '.join(KINDS)})",
    )


def write_report(report: Report, path: Path) -> None:
    """Write a report in the form that the suffix names.

    Raises:
        ValueError: There is no such form, or the file cannot be written.
    """
    kind = path.suffix.removeprefix(".").lower()
    if kind not in KINDS:
        known = ", ".join("." + each for each in KINDS)
        raise ValueError(f"{path}: unknown form of report; expected a suffix of {known}")
    try:
        write(report, kind, path)
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
