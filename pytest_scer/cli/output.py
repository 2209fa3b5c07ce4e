"""The ``-o`` option of the sub-commands that write a report."""

from __future__ import annotations

import argparse
from pathlib import Path

from pytest_scer.core import KINDS
from pytest_scer.formats.writing import check_libraries, write
from pytest_scer.report.model import Report


def add_output(parser: argparse.ArgumentParser) -> None:
    """Add the ``-o`` option."""
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="OUT",
        help=f"the report to write; the suffix chooses the format ({', '.join(KINDS)})",
    )


def write_report(report: Report, path: Path) -> None:
    """Write a report in the format of the path's suffix.

    Raises:
        ValueError: The suffix is unknown, or the file cannot be written.
    """
    kind = path.suffix.removeprefix(".").lower()
    if kind not in KINDS:
        known = ", ".join("." + each for each in KINDS)
        raise ValueError(f"{path}: unknown report format; expected one of the suffixes {known}")
    try:
        check_libraries(kind)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    try:
        write(report, kind, path)
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
