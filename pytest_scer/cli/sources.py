"""``pytest-scer sources [TEXT]``."""

from __future__ import annotations

import argparse

from pytest_scer.cli.exit_codes import OK

HELP = "list every constant with its value, unit, source, year of the data and caveat"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what to list, and how."""
    parser.add_argument(
        "text",
        nargs="?",
        metavar="TEXT",
        help="only constants whose subject, name or source contains this, as in accuracy or IEA",
    )
    parser.add_argument(
        "--format", choices=("table", "json"), default="table", help="default: %(default)s"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the constants.

    Raises:
        ValueError: None matches.
    """
    from pytest_scer.cli.printing import print_lines
    from pytest_scer.formats import sources
    from pytest_scer.formats.terminal.screen import Screen
    from pytest_scer.sources.listing import SUBJECTS, entries

    wanted = (arguments.text or "").casefold()
    found = {
        subject: [
            entry
            for entry in of_subject
            if wanted in f"{subject}\n{entry.name}\n{entry.source}".casefold()
        ]
        for subject, of_subject in entries().items()
    }
    listing = {subject: chosen for subject, chosen in found.items() if chosen}
    if not listing:
        raise ValueError(f"no constant matches {wanted!r}; the subjects are {', '.join(SUBJECTS)}")
    if arguments.format == "json":
        print(sources.as_json(listing))
    else:
        print_lines(sources.text(listing, Screen.of()))
    return OK
