"""``pytest-scer label REPORT``."""

from __future__ import annotations

import argparse
from pathlib import Path

from pytest_scer.cli.exit_codes import OK
from pytest_scer.cli.selection import add_selection, selected, write_file

HELP = "draw the label of a score, as SVG or PNG"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the report, the choice of scores, and the output."""
    parser.add_argument("report", type=Path, metavar="REPORT")
    add_selection(parser)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="the SVG file (default: standard output)"
    )
    parser.add_argument("--png", type=Path, metavar="OUT", help="also draw it as PNG")
    parser.add_argument(
        "--width", type=int, default=600, metavar="PX", help="width of the PNG (default: 600)"
    )
    parser.add_argument(
        "--url",
        help="where the manifest is published; adds a QR code with this link; score and unit of "
        "the manifest must equal the label's",
    )


def run(arguments: argparse.Namespace) -> int:
    """Draw the labels of the chosen scores, one below the other."""
    from pytest_scer.formats import label
    from pytest_scer.report.ratings import rated_scores
    from pytest_scer.report.reading import read_report

    if arguments.url is not None and not arguments.url.startswith("https://"):
        raise ValueError(f"--url {arguments.url}: expected https://...")
    if arguments.width < 1:
        raise ValueError(f"--width {arguments.width}: expected at least 1 pixel")
    if arguments.png is not None and arguments.png == arguments.output:
        raise ValueError(f"--png {arguments.png}: the SVG has the same path; choose another one")
    rows = selected(rated_scores(read_report(arguments.report)), arguments)
    document = label.svg(rows, url=arguments.url)
    if arguments.png is not None:
        write_file(arguments.png, label.png(document, arguments.width))
    if arguments.output is not None:
        write_file(arguments.output, document)
    elif arguments.png is None:
        print(document, end="")
    return OK
