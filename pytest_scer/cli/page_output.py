"""The ``-o`` option of the sub-commands that can write what they print as a page."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

_Shown = TypeVar("_Shown")


def add_page_output(parser: argparse.ArgumentParser) -> None:
    """Add the ``-o`` option."""
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="PAGE.html",
        help="write a page with pictures instead of printing",
    )


def check_page(path: Path) -> None:
    """Check, before anything is read, that a page can be written at a path.

    Raises:
        ValueError: It is no page, or the libraries that write pages are not installed.
    """
    from pytest_scer.formats.writing import check_libraries

    if path.suffix.lower() != ".html":
        raise ValueError(f"{path}: expected the suffix .html: this command writes pages only")
    try:
        check_libraries("html")
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def write_page(path: Path, dump: Callable[[_Shown], Iterator[str]], shown: _Shown) -> None:
    """Write a page, atomically.

    Args:
        path: The file.
        dump: What yields the page in pieces.
        shown: What it shows.

    Raises:
        ValueError: The file cannot be written.
    """
    from pytest_scer.report.files import write_whole

    try:
        write_whole(path, dump(shown))
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
