"""``pytest-scer manifest REPORT`` and ``pytest-scer manifest --check MANIFEST``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pytest_scer.cli.exit_codes import FAILED, OK
from pytest_scer.cli.saying import say
from pytest_scer.cli.selection import add_selection, selected, text_of_option, write_file

if TYPE_CHECKING:
    from pytest_scer.formats.manifest.checking import Result

HELP = "write the disclosure of a score, or check one"

_MOST_ERRORS: Final = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the report or manifest, and what to do with it."""
    from pytest_scer.formats.manifest.afterwards import OPTIONS
    from pytest_scer.formats.manifest.answers import ANSWERS

    parser.add_argument(
        "file", type=Path, metavar="FILE", help="a report; with --check, a manifest"
    )
    add_selection(parser)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="the YAML file (default: standard output)"
    )
    about = parser.add_argument_group("what the session did not state")
    for name, (metavar, text) in OPTIONS.items():
        about.add_argument(f"--{name}", metavar=metavar, help=text)
    known = parser.add_argument_group("what only a person knows")
    for answer in ANSWERS:
        if answer.option is not None:
            known.add_argument(answer.option, metavar="TEXT", help=answer.what)
    known.add_argument(
        "--remark",
        action="append",
        default=[],
        metavar="TEXT",
        help="an assumption, a limitation or anything else; may be given several times",
    )
    checking = parser.add_argument_group("check a manifest")
    checking.add_argument(
        "--check",
        action="store_true",
        help="calculate a manifest again from its record, compare, and list what is missing",
    )
    checking.add_argument(
        "--report",
        type=Path,
        metavar="REPORT",
        help="with --check: also compare it with the report that it was made from",
    )
    checking.add_argument(
        "--strict", action="store_true", help="with --check: also fail if anything is missing"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write or check a manifest; return 1 if a manifest has errors."""
    if arguments.check:
        return _check(arguments)
    for option in ("report", "strict"):
        if getattr(arguments, option):
            raise ValueError(f"--{option} needs --check")
    from pytest_scer.formats.manifest.afterwards import OPTIONS, applied
    from pytest_scer.formats.manifest.answers import ANSWERS
    from pytest_scer.formats.manifest.checking import read_original
    from pytest_scer.formats.manifest.from_report import facts_of
    from pytest_scer.formats.manifest.writing import dump, missing
    from pytest_scer.report.ratings import rated_scores

    original = read_original(arguments.file)
    stated = {name: text for name in OPTIONS if (text := _given(arguments, f"--{name}"))}
    answers = {
        answer.path: text_of_option(answer.option, text)
        for answer in ANSWERS
        if answer.option and (text := _given(arguments, answer.option))
    }
    report = applied(original.report, stated)
    scores = [
        facts_of(report, row, report_sha256=original.sha256, afterwards=stated)
        for row in selected(rated_scores(report), arguments)
    ]
    remarks = [text_of_option("--remark", each) for each in arguments.remark]
    text = "".join(dump(scores, answers, remarks))
    if arguments.output is None:
        print(text, end="")
        return OK
    write_file(arguments.output, text)
    claims = dict.fromkeys(facts.claim for facts in scores)
    for line in (*claims, *(f"  {line}" for line in missing(scores, answers))):
        say(line)
    return OK


def _given(arguments: argparse.Namespace, option: str) -> str | None:
    text = getattr(arguments, option.removeprefix("--").replace("-", "_"))
    if text is not None and not text.strip():
        raise ValueError(f"{option}: the value is empty")
    return None if text is None else text.strip()


def _check(arguments: argparse.Namespace) -> int:
    from pytest_scer.formats.manifest.checking import Unreadable, check, read_original
    from pytest_scer.formats.yaml_documents import load_documents

    documents = load_documents(arguments.file)
    if not documents:
        raise ValueError(f"{arguments.file}: the file contains no manifest")
    original = None if arguments.report is None else read_original(arguments.report)
    try:
        results = [check(document, original) for document in documents]
    except Unreadable as error:
        raise ValueError(f"{arguments.file}: {error}") from None
    for document, result in zip(documents, results, strict=True):
        _print(document, result, arguments.report)
    failed = any(each.errors or (arguments.strict and each.to_add) for each in results)
    return FAILED if failed else OK


def _print(document: Any, result: Result, report: Path | None) -> None:
    from pytest_scer.core.json_text import brief

    name = brief(document.get("name", "manifest"))
    if result.errors:
        say(f"{name}: has errors")
    else:
        say(f"{name}: consistent{f' with {report}' if report else ''}")
    for error in result.errors[:_MOST_ERRORS]:
        say(f"  error: {error}")
    if len(result.errors) > _MOST_ERRORS:
        say(f"  and {len(result.errors) - _MOST_ERRORS} more errors")
    for place in result.to_add:
        say(f"  {place}" if place.startswith("missing") else f"  to add: {place}")
