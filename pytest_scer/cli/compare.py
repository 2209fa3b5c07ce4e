"""``pytest-scer compare [BASE HEAD]``."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_scer.cli.exit_codes import FAILED, OK
from pytest_scer.cli.page_output import add_page_output, check_page, write_page

if TYPE_CHECKING:
    from pytest_scer.baseline.compare import Compared
    from pytest_scer.baseline.history import Baseline
    from pytest_scer.baseline.past import Past

HELP = "compare a report with a baseline, or the last two sessions of a history"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the two to compare, the threshold and the format."""
    parser.add_argument(
        "base",
        type=Path,
        nargs="?",
        metavar="BASE",
        help="the baseline: another report, a baseline file, or a history; a history without HEAD "
        "stands for its last two sessions (default: scer_history of pytest's configuration)",
    )
    parser.add_argument(
        "head", type=Path, nargs="?", metavar="HEAD", help="the report to compare with it"
    )
    parser.add_argument(
        "--max-regression",
        default="10%",
        metavar="PCT",
        help="allowed growth, as in '10%%' or '10%% and 0.5 J' (default: %(default)s)",
    )
    parser.add_argument("--format", choices=("text", "md", "json"), default="text")
    add_page_output(parser)
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="print unchanged tests and all notes, too"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the comparison; return 1 if a test or the session as a whole is a regression."""
    from pytest_scer.baseline.compare import compare
    from pytest_scer.baseline.threshold import Threshold

    if arguments.output is not None:
        if arguments.format != "text":
            raise ValueError("--format chooses what is printed, and -o writes a page: give one")
        check_page(arguments.output)
    base, head = _sides(arguments)
    compared = compare(base, head, Threshold.parse(arguments.max_regression))
    if arguments.output is not None:
        _write(compared, arguments.output)
    else:
        _print(compared, arguments.format, whole=arguments.verbose)
    return FAILED if compared.regressed else OK


def _write(compared: Compared, path: Path) -> None:
    from pytest_scer.cli.saying import say
    from pytest_scer.formats.comparison import verdict
    from pytest_scer.formats.page.comparison_page import dump_comparison

    write_page(path, dump_comparison, compared)
    words, _ = verdict(compared)
    say(f"{path}: {words}")


def _print(compared: Compared, form: str, *, whole: bool) -> None:
    from pytest_scer.cli.printing import print_lines
    from pytest_scer.formats import comparison, markdown_comparison
    from pytest_scer.formats.terminal.screen import Screen

    if form == "json":
        for piece in comparison.as_json(compared):
            print(piece, end="")
        print()
    elif form == "md":
        print("\n".join(markdown_comparison.lines(compared)))
    else:
        print_lines(comparison.text(compared, Screen.of(), whole=whole))


def _sides(arguments: argparse.Namespace) -> tuple[Baseline, Past]:
    """Read what to compare.

    Raises:
        ValueError: There is nothing to compare; the message says what was expected.
    """
    from pytest_scer.baseline.history import Baseline
    from pytest_scer.baseline.store import BadBaseline, read_past
    from pytest_scer.cli.configured import history_of

    if arguments.head is not None:
        base = Baseline.load(arguments.base)
        if not base.sessions:
            raise BadBaseline(f"{arguments.base}: {base.why_empty}")
        return base, read_past(arguments.head)
    directory = history_of(arguments.base, "name what to compare: pytest-scer compare BASE HEAD")
    if directory.is_file():
        raise BadBaseline(f"{directory}: with what? give the report to compare with it as HEAD")
    history = Baseline.load(directory)
    if len(history.sessions) < 2:
        found = history.why_empty if not history.sessions else "only one session"
        raise BadBaseline(f"{directory}: {found}; comparing takes two sessions")
    *_, before, last = history.sessions
    name = Path(directory.name, before.name)
    return replace(history, sessions=[before], anchor=(), path=name), last
