"""Check a label against the manifests it claims to show."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from pytest_scer.core.json_text import brief
from pytest_scer.core.shown import visible
from pytest_scer.formats.label.writing import svg
from pytest_scer.formats.manifest.checking import check, facts_in, plain
from pytest_scer.formats.manifest.facts import Facts
from pytest_scer.report.documents import MOST_BYTES_BY_HAND, BadFile, read_text

_SVG: Final = "{http://www.w3.org/2000/svg}"
_PREFIX: Final = "score-"
# An entity of a few bytes can stand for gigabytes; labels have none.
_ENTITY: Final = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def read_label(path: Path) -> ET.Element:
    """Read the SVG of a label.

    Raises:
        BadFile: It cannot be read, or is no SVG.
    """
    text = read_text(path, MOST_BYTES_BY_HAND)
    if _ENTITY.search(text):
        raise BadFile(f"{path}: not a label: it declares a document type")
    try:
        root = ET.fromstring(text)  # noqa: S314 - entities are refused above
    except (ET.ParseError, ValueError, RecursionError) as error:
        raise BadFile(f"{path}: not an SVG file: {brief(error)}") from None
    if root.tag != f"{_SVG}svg":
        raise BadFile(f"{path}: not an SVG file: its root is {brief(root.tag)}")
    return root


def errors(root: ET.Element, documents: Sequence[Any]) -> list[str]:
    """What a label says otherwise than its manifests.

    Args:
        root: The SVG of the label.
        documents: The manifests.

    Returns:
        The differences, one sentence each; none if the label is what they give.
    """
    return [visible(brief(text)) for text in dict.fromkeys(_errors(root, documents))]


def _errors(root: ET.Element, documents: Sequence[Any]) -> Iterator[str]:
    known: dict[str, Facts] = {}
    for number, document in enumerate(documents, 1):
        if check(document).errors:
            yield f"manifest {number} has errors: run `pytest-scer manifest --check`"
            return
        facts = facts_in(plain(document))
        known[facts.name] = facts
    names = [
        str(each.get("id")).removeprefix(_PREFIX)
        for each in root
        if each.tag == f"{_SVG}g" and str(each.get("id")).startswith(_PREFIX)
    ]
    if not names:
        yield "the label shows no score"
    for name in names:
        if name not in known:
            yield f"the manifest has no score {name}"
    if not names or not set(names) <= set(known):
        return
    try:
        drawn = svg([known[name] for name in names], url=root.get("data-manifest"))
    except ValueError as error:
        yield str(error)
        return
    yield from _differences(root, ET.fromstring(drawn))  # noqa: S314 - drawn right here


def _differences(found: ET.Element, expected: ET.Element) -> Iterator[str]:
    """Yield the texts that differ, or else that the pictures do."""
    theirs, ours = list(_texts(found)), list(_texts(expected))
    told = False
    for text in theirs:
        if text not in ours:
            told = True
            yield f"the label says {text!r}, the manifest does not"
    for text in ours:
        if text not in theirs:
            told = True
            yield f"the label lacks {text!r}"
    if not told and not _is_same(found, expected):
        yield "the label is not drawn as this version of pytest-scer draws the manifest"


def _texts(root: ET.Element) -> Iterator[str]:
    for element in root.iter():
        for text in (element.text, element.tail):
            if text and text.strip():
                yield " ".join(text.split())


def _is_same(one: ET.Element, other: ET.Element) -> bool:
    return (
        (one.tag, one.attrib, (one.text or "").strip(), (one.tail or "").strip())
        == (other.tag, other.attrib, (other.text or "").strip(), (other.tail or "").strip())
        and len(one) == len(other)
        and all(map(_is_same, one, other))
    )
