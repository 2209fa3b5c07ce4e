"""``pytest-scer plot REPORT|HISTORY KIND -o FILE``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_scer.cli.exit_codes import OK
from pytest_scer.cli.numbers import at_least
from pytest_scer.cli.saying import say
from pytest_scer.cli.selection import write_file
from pytest_scer.formats.picture import KINDS as FORMATS

if TYPE_CHECKING:
    from pytest_scer.charts.chart import Chart

HELP = "draw a picture of a report or a history, as SVG, PNG or PDF"
KINDS = (
    "tests",
    "runs",
    "components",
    "timeline",
    "treemap",
    "budgets",
    "models",
    "history",
    "pareto",
)
"""Those of :mod:`pytest_scer.charts.kinds`, which takes long to import."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the report or history, the kind of picture, and the output."""
    parser.add_argument(
        "source",
        type=Path,
        metavar="REPORT|HISTORY",
        help="a JSON report; for the kind history, the directory of one",
    )
    parser.add_argument("kind", choices=KINDS, metavar="KIND", help=f"one of {', '.join(KINDS)}")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help=f"the picture; the suffix chooses the format ({', '.join(FORMATS)})",
    )
    parser.add_argument(
        "--width",
        type=at_least(240),
        metavar="PX",
        help="its width in pixels (default: 760)",
    )
    parser.add_argument(
        "--scale",
        type=at_least(0.1),
        default=2.0,
        metavar="X",
        help="pixels of a PNG for each of these (default: %(default)g)",
    )
    parser.add_argument("--dark", action="store_true", help="light on dark")
    parser.add_argument(
        "--no-title", action="store_true", help="leave out title and notes, for a caption"
    )


def run(arguments: argparse.Namespace) -> int:
    """Draw the picture."""
    from pytest_scer.charts.style import DARK, LIGHT
    from pytest_scer.formats.picture import document, drawn

    suffix = arguments.output.suffix.removeprefix(".").lower()
    if suffix not in FORMATS:
        known = ", ".join(f".{each}" for each in FORMATS)
        raise ValueError(f"{arguments.output}: expected one of the suffixes {known}")
    chart = _chart(arguments.source, arguments.kind)
    spec = document(
        chart,
        DARK if arguments.dark else LIGHT,
        width=None if arguments.width is None else int(arguments.width),
        titled=not arguments.no_title,
    )
    write_file(arguments.output, drawn(spec, suffix, scale=arguments.scale))
    say(f"{arguments.output}: {chart.description}")
    return OK


def _chart(source: Path, kind: str) -> Chart:
    """Read the source, and draw it.

    Raises:
        ValueError: There is nothing to draw; the message says why.
    """
    from pytest_scer.charts.kinds import HISTORY, OF_REPORT

    if kind == HISTORY:
        return _of_history(source)
    if source.is_dir():
        raise ValueError(f"{source}: a directory; {kind} are drawn from a JSON report")
    from pytest_scer.report.reading import read_report

    draw, nothing = OF_REPORT[kind]
    chart = draw(read_report(source))
    if chart is None:
        raise ValueError(f"{source}: nothing to draw: {nothing}")
    return chart


def _of_history(directory: Path) -> Chart:
    from pytest_scer.baseline.history import Baseline
    from pytest_scer.baseline.store import BadBaseline
    from pytest_scer.charts.history import chart

    history = Baseline.load(directory)
    if not history.sessions:
        raise BadBaseline(f"{directory}: {history.why_empty}")
    drawn = chart(history)
    if drawn is None:
        raise ValueError(f"{directory}: nothing to draw: no test has figures of two sessions")
    return drawn
