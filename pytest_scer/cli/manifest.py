"""``pytest-scer manifest REPORT`` and ``pytest-scer manifest --check MANIFEST``."""

from __future__ import annotations

import argparse
from pathlib import Path

from pytest_scer.cli.exit_codes import FAILED, OK
from pytest_scer.cli.saying import say
from pytest_scer.cli.selection import add_selection, selected, write_file

HELP = "write the disclosure of a score, or check one"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the report or manifest, and what to do with it."""
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="a report; with --check, a manifest"
    )
    add_selection(parser)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="the YAML file (default: standard output)"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="check the arithmetic of a manifest within 1 %%, and list what a person must add",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="with --check: also fail if a person must still add something",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write or check a manifest; return 1 if a manifest has errors."""
    if arguments.check:
        return _check(arguments)
    from pytest_scer.formats import manifest
    from pytest_scer.report.ratings import rated_scores
    from pytest_scer.report.reading import read_report

    report = read_report(arguments.file)
    text = "".join(manifest.dump_rows(report, selected(rated_scores(report), arguments)))
    if arguments.output is None:
        print(text, end="")
    else:
        write_file(arguments.output, text)
    return OK


def _check(arguments: argparse.Namespace) -> int:
    from pytest_scer.core.json_text import brief
    from pytest_scer.formats.manifest_check import check
    from pytest_scer.formats.yaml_documents import load_documents

    documents = load_documents(arguments.file)
    if not documents:
        raise ValueError(f"{arguments.file}: the file contains no manifest")
    code = OK
    for document in documents:
        result = check(document)
        name = document.get("name", "manifest") if isinstance(document, dict) else "manifest"
        say(f"{brief(name)}: {'has errors' if result.errors else 'the arithmetic is correct'}")
        for error in result.errors:
            say(f"  error: {error}")
        for place in result.to_add:
            say(f"  to add: {place}")
        if result.errors or (arguments.strict and result.to_add):
            code = FAILED
    return code
