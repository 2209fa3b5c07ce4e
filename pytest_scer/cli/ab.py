"""``pytest-scer ab BASE [HEAD] [-- PYTEST ARGS]``."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from pytest_scer.cli.exit_codes import FAILED, INTERRUPTED, OK
from pytest_scer.cli.numbers import at_least

HELP = "compare two commits: run the tests of both in turns on this machine"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments: two commits, the time limit and the format."""
    parser.usage = (
        "pytest-scer ab [-h] [--setup CMD] [--max-time SECONDS] [--format {text,md,json}] "
        "BASE [HEAD] [-- PYTEST ARGS]"
    )
    parser.add_argument("base", metavar="BASE", help="the commit to compare with, such as main")
    parser.add_argument(
        "head",
        nargs="?",
        metavar="HEAD",
        help="the commit to judge (default: the work tree: tracked files as they are, and "
        "untracked files that are not ignored)",
    )
    parser.add_argument(
        "--setup",
        metavar="CMD",
        help="run this in each copy first; pytest then runs with .venv or venv in the copy, if "
        "there is one",
    )
    parser.add_argument(
        "--max-time",
        type=at_least(0),
        metavar="SECONDS",
        help="end after that long, with the verdicts that there are; --setup does not count "
        "(default: six times as long as the suite takes, plus two minutes)",
    )
    parser.add_argument("--format", choices=("text", "md", "json"), default="text")


def run(arguments: argparse.Namespace) -> int:
    """Print the comparison; return 1 if a test is a regression, 2 if the user interrupted it."""
    from pytest_scer.ab.compare import compare
    from pytest_scer.cli.printing import print_lines
    from pytest_scer.formats import ab
    from pytest_scer.formats.terminal.screen import Screen

    try:
        with _ended_by_sigterm():
            report = compare(
                Path.cwd(),
                arguments.base,
                arguments.head,
                arguments.rest,
                setup=arguments.setup,
                max_time_s=arguments.max_time,
                progress=_progress,
            )
    except KeyboardInterrupt:
        _progress("interrupted before the first test")
        return INTERRUPTED
    if arguments.format == "json":
        print(ab.as_json(report))
    elif arguments.format == "md":
        print("\n".join(ab.markdown(report)))
    else:
        print_lines(ab.text(report, Screen.of()))
    if report.failed:
        return FAILED
    return INTERRUPTED if report.interrupted else OK


def _progress(line: str) -> None:
    print(f"pytest-scer ab: {line}", file=sys.stderr, flush=True)


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Treat SIGTERM, with which CI services end a job, like Ctrl-C."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
