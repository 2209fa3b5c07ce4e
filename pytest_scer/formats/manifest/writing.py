"""Write the manifests of a report, as YAML documents."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pytest_scer import __version__
from pytest_scer.core.claims import overclaim
from pytest_scer.formats.manifest.answers import ANSWERS, TODO
from pytest_scer.formats.manifest.document import document
from pytest_scer.formats.manifest.facts import Facts
from pytest_scer.formats.manifest.from_report import facts_of
from pytest_scer.report.model import Report
from pytest_scer.report.ratings import rated_scores
from pytest_scer.report.to_json import dump_report as dump_json

_HEAD: Final = f"""\
# A disclosure in the form of the Impact Manifest Protocol 1.0, made by pytest-scer {__version__}.
# Nobody has reviewed it. Replace each `{TODO}`, then run `pytest-scer manifest --check FILE`.
"""
_VERSION: Final = "submission.software.version"


def dump_report(report: Report) -> Iterator[str]:
    """Yield a manifest for each score of a report, as YAML documents."""
    yield from dump(facts_of_report(report), {})


def facts_of_report(report: Report) -> list[Facts]:
    """Collect the facts of all scores of a report that is about to be written as JSON, too."""
    digest = hashlib.sha256()
    for piece in dump_json(report):
        digest.update(piece.encode())
    return [
        facts_of(report, row, report_sha256=digest.hexdigest())
        for row in rated_scores(report)
        if row.score.score is not None
    ]


def dump(
    scores: Iterable[Facts], answers: Mapping[str, str], remarks: Sequence[str] = ()
) -> Iterator[str]:
    """Yield a manifest for each of these scores, as YAML documents.

    Args:
        scores: What was measured of each.
        answers: What a person answered, by the place of the answer.
        remarks: What else a person wants to say.

    Raises:
        ValueError: A name or an answer claims a review that nobody has made.
    """
    from pytest_scer.formats.yaml_documents import dump_document

    yield _HEAD
    for facts in scores:
        check_claims(facts)
        known = {**({_VERSION: f"commit {facts.commit}"} if facts.commit else {}), **answers}
        yield "---\n" + dump_document(document(facts, known, remarks))


def check_claims(facts: Facts) -> None:
    """Refuse facts that claim a review that nobody has made, except in node IDs.

    Raises:
        ValueError: A text does so; the message quotes it.
    """
    from pytest_scer.formats.manifest import record

    claiming = {**record.dump(facts), "tests": []}
    for path, text in texts(claiming):
        if word := overclaim(text):
            raise ValueError(
                f"{path} = {text!r}: the word {word!r} is refused: nobody has reviewed these "
                "figures; use another name"
            )


def texts(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the place and the text of every text in a document, keys included."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            below = f"{path}.{key}" if path else str(key)
            yield below, str(key)
            yield from texts(value, below)
    elif isinstance(node, list | tuple):
        for number, value in enumerate(node):
            yield from texts(value, f"{path}.{number}")
    elif isinstance(node, str):
        yield path, node


def missing(scores: Iterable[Facts], answers: Mapping[str, str]) -> list[str]:
    """What scores lack to be complete, each with the option that states it; each once.

    Args:
        scores: What was measured.
        answers: What a person answered.
    """
    listed = list(scores)
    gaps = [f"missing: {gap}" for facts in listed for gap in (*facts.missing, *facts.unnamed)]
    has_tokens = any("token" in facts.unit.name for facts in listed)
    has_version = all(facts.commit for facts in listed)
    left = [
        f"to add: {answer.what}: {answer.option}"
        for answer in ANSWERS
        if answer.option
        and answer.path not in answers
        and (has_tokens or not answer.path.endswith("tokenizer"))
        and not (has_version and answer.path == _VERSION)
    ]
    signature = "to add: the attestation, in the file, by the person who signs"
    return list(dict.fromkeys((*gaps, *left, signature)))
