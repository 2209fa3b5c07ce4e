"""``pytest-scer label REPORT|MANIFEST`` and ``pytest-scer label LABEL --check MANIFEST``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_scer.cli.exit_codes import FAILED, OK
from pytest_scer.cli.saying import say
from pytest_scer.cli.selection import add_selection, selected, text_of_option, write_file

if TYPE_CHECKING:
    from pytest_scer.formats.manifest.facts import Facts

HELP = "draw the label of a score, as SVG or PNG, or check one"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the report or manifest, the choice of scores, and the output."""
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="a report or, with what it states in addition, a manifest; with --check, a label",
    )
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
        help="where the manifest is published; adds a QR code to each label, with this address and "
        "the name of the score as its fragment",
    )
    parser.add_argument(
        "--check",
        type=Path,
        metavar="MANIFEST",
        help="check that a label shows what this manifest says",
    )


def run(arguments: argparse.Namespace) -> int:
    """Draw the labels of the chosen scores, one below the other, or check a label."""
    if arguments.check is not None:
        return _check(arguments.file, arguments.check)
    from pytest_scer.formats.label.panel import title
    from pytest_scer.formats.label.writing import png, svg

    url = None if arguments.url is None else _address(arguments.url)
    if arguments.width < 1:
        raise ValueError(f"--width {arguments.width}: expected at least 1 pixel")
    if arguments.png is not None and arguments.png == arguments.output:
        raise ValueError(f"--png {arguments.png}: the SVG has the same path; choose another one")
    scores = _facts(arguments)
    document = svg(scores, url=url)
    if arguments.png is not None:
        write_file(arguments.png, png(document, arguments.width))
    if arguments.output is not None:
        write_file(arguments.output, document)
    elif arguments.png is None:
        print(document, end="")
    if arguments.output is not None or arguments.png is not None:
        for facts in scores:
            say(f"{title(facts)} ({facts.claim})")
    return OK


def _address(url: str) -> str:
    """Check the address of a manifest; each score adds a fragment of its own.

    Raises:
        ValueError: It is no address that a QR code can hold.
    """
    is_plain = url.isascii() and url.isprintable() and " " not in url and "#" not in url
    if not (url.startswith("https://") and is_plain):
        raise ValueError(
            f"--url {url}: expected https://... in ASCII, without spaces and without a #fragment"
        )
    return text_of_option("--url", url)


def _facts(arguments: argparse.Namespace) -> list[Facts]:
    """The facts of the chosen scores of a report, or of the manifests in a file."""
    from pytest_scer.report.documents import read_bytes

    if read_bytes(arguments.file)[:200].lstrip().startswith(b"{"):
        return _of_report(arguments)
    return _of_manifests(arguments)


def _of_report(arguments: argparse.Namespace) -> list[Facts]:
    from pytest_scer.formats.manifest.checking import read_original
    from pytest_scer.formats.manifest.from_report import facts_of
    from pytest_scer.report.ratings import rated_scores

    read = read_original(arguments.file)
    rows = selected(rated_scores(read.report), arguments)
    return [facts_of(read.report, row, report_sha256=read.sha256) for row in rows]


def _of_manifests(arguments: argparse.Namespace) -> list[Facts]:
    from pytest_scer.formats.manifest.checking import check, facts_in, plain
    from pytest_scer.formats.yaml_documents import load_documents

    path, found = arguments.file, []
    for document in load_documents(path):
        try:
            if check(document).errors:
                raise ValueError("the manifest has errors: run `pytest-scer manifest --check`")
            found.append(facts_in(plain(document)))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
    wanted = {key: getattr(arguments, key) for key in ("model", "category", "phase")}
    chosen = [
        facts
        for facts in found
        if all(value in (None, getattr(facts, key)) for key, value in wanted.items())
        and arguments.unit in (None, facts.unit.name)
    ]
    if not chosen:
        known = "; ".join(f"{facts.title}, per {facts.unit.name}" for facts in found)
        raise ValueError(f"{path}: no score matches; it has: {known or 'none'}")
    return chosen


def _check(label: Path, manifest: Path) -> int:
    from pytest_scer.formats.label.checking import errors, read_label
    from pytest_scer.formats.manifest.checking import Unreadable
    from pytest_scer.formats.yaml_documents import load_documents

    root, documents = read_label(label), load_documents(manifest)
    if not documents:
        raise ValueError(f"{manifest}: the file contains no manifest")
    try:
        found = errors(root, documents)
    except Unreadable as error:
        raise ValueError(f"{manifest}: {error}") from None
    say(f"{label}: {'differs from' if found else 'shows'} {manifest}")
    for difference in found:
        say(f"  error: {difference}")
    return FAILED if found else OK
