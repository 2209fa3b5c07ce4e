"""Check a manifest: calculate it again from its record, and compare.

A manifest is a function of its record and of the free text in it. Whatever else it says must
follow: texts, caveats, rating, arithmetic and what the score may be called. The record itself has a
hash, and :func:`check` compares it with the report it was made from, if there is one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from pytest_scer.core.json_text import brief
from pytest_scer.core.shown import visible
from pytest_scer.formats.manifest import record, wording
from pytest_scer.formats.manifest.afterwards import applied
from pytest_scer.formats.manifest.answers import REMARKS, answered, at, marked
from pytest_scer.formats.manifest.differences import differences
from pytest_scer.formats.manifest.document import document as written
from pytest_scer.formats.manifest.facts import Facts
from pytest_scer.formats.manifest.from_report import facts_of
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.documents import read_bytes
from pytest_scer.report.model import Report
from pytest_scer.report.ratings import rated_scores
from pytest_scer.report.reading import checked, report_of

_KEYS: Final = ("calculation", "functional_unit", "record")


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a check.

    Attributes:
        errors: What is wrong: contradictions, claims beyond the figures, damage.
        to_add: What is missing: what a person has to write, and what an SCI score needs.
    """

    errors: tuple[str, ...]
    to_add: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Original:
    """The report that a manifest was made from.

    Attributes:
        report: The report.
        sha256: The SHA-256 of its file.
    """

    report: Report
    sha256: str


def read_original(path: Path) -> Original:
    """Read a report and the hash of its file.

    Raises:
        BadFile: It cannot be read, or is no report; the message names it.
    """
    data = read_bytes(path)
    return Original(report_of(data, path), hashlib.sha256(data).hexdigest())


class Unreadable(ValueError):
    """A document that is no manifest."""


def check(document: Any, original: Original | None = None) -> Result:
    """Check one manifest.

    Args:
        document: The manifest.
        original: The report it was made from, if that is at hand.

    Raises:
        Unreadable: It is no manifest at all.
    """
    if not isinstance(document, Mapping) or not any(key in document for key in _KEYS):
        raise Unreadable(f"not a manifest: expected a mapping with {', '.join(_KEYS)}")
    document = plain(document)
    errors = [*wording.claims(document), *wording.answers(document)]
    errors += wording.placeholders(document)
    try:
        facts = facts_in(document)
        errors += _contradictions(document, facts)
        if original is not None:
            errors += _against(document, facts, original)
    except (ValueError, ArithmeticError) as error:
        return Result(tuple(map(_line, (*errors, f"record: {error}"))), ())
    missing = (f"missing: {gap}" for gap in (*facts.missing, *facts.unnamed))
    to_add = (*missing, *marked(document))
    return Result(tuple(map(_line, dict.fromkeys(errors))), tuple(map(_line, to_add)))


def facts_in(document: Mapping[str, Any]) -> Facts:
    """Read the facts from the record of a manifest.

    Raises:
        ValueError: There is no record, or it does not fit its schema.
    """
    data = at(document, "record")
    if data is None:
        raise ValueError("missing: write the manifest again, with this version of pytest-scer")
    return record.load(checked(record.schema(), data))


def plain(node: Any) -> Any:
    """A document with nothing in it but mappings of texts, lists, texts, numbers and null."""
    if isinstance(node, Mapping):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list | tuple | set | frozenset):
        return [plain(value) for value in node]
    if isinstance(node, date):  # YAML reads an unquoted date as one
        return node.isoformat()
    return node if node is None or isinstance(node, bool | int | float | str) else repr(node)


def _contradictions(document: Mapping[str, Any], facts: Facts) -> Iterator[str]:
    remarks = at(document, REMARKS)
    expected = written(facts, answered(document), remarks if isinstance(remarks, list) else ())
    for path, what in differences(document, expected):
        yield f"{path}: {what}"
    yield from wording.ranges(facts)
    yield from wording.dates(document, facts)


def _against(document: Mapping[str, Any], facts: Facts, original: Original) -> Iterator[str]:
    """Yield what the report it was made from gives otherwise."""
    if facts.report_sha256 not in (None, original.sha256):
        yield f"record.report_sha256: the report has {original.sha256}"
    report = applied(original.report, facts.afterwards)
    for row in rated_scores(report):
        if row.score.score is None:
            continue
        theirs = facts_of(
            report, row, report_sha256=facts.report_sha256, afterwards=facts.afterwards
        )
        if theirs.name == facts.name:
            break
    else:
        yield f"name: the report has no score {facts.name}"
        return
    expected = written(
        replace(theirs, generator=facts.generator),
        answered(document),
        at(document, REMARKS) or (),
    )
    for path, what in differences(document, expected, exact=True):
        yield f"{path}: {what} (from the report)"


def _line(text: str) -> str:
    """Text on one line: it quotes what is in the manifest."""
    return visible(brief(text))
