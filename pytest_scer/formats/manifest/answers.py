"""What only a person knows: the free text of a manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pytest_scer.lazy_dataclass import dataclass

TODO: Final = "TODO(person)"
"""The start of each text that a person has to replace."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A text that a person has to write.

    Attributes:
        path: Its place in the manifest.
        what: What to write there.
        option: The option of ``pytest-scer manifest`` that sets it; None for the attestation, which
            the person who signs writes into the file.
    """

    path: str
    what: str
    option: str | None

    @property
    def mark(self) -> str:
        """The text that asks for the answer."""
        option = f" ({self.option})" if self.option else ""
        return f"{TODO}: {self.what}{option}"


def _answer(path: str, option: str | None, what: str) -> Answer:
    return Answer(path, what, option)


ANSWERS: Final = (
    _answer("submission.applicant.organization", "--organization", "who makes the claim"),
    _answer("submission.applicant.contact_name", "--contact-name", "who answers questions"),
    _answer("submission.applicant.contact_email", "--contact-email", "where to ask"),
    _answer("submission.software.version", "--software-version", "version that was measured"),
    _answer(
        "submission.software.description",
        "--software-description",
        "what the software does, and for whom",
    ),
    _answer(
        "boundary.excluded.0.rationale",
        "--excluded-because",
        "why disks, network, clients and the power supply may be left out",
    ),
    _answer(
        "functional_unit.rationale",
        "--unit-because",
        "why this unit represents what the software delivers",
    ),
    _answer(
        "functional_unit.tokenizer",
        "--tokenizer",
        "tokenizer, whether special tokens count, gross or effective",
    ),
    _answer(
        "methodology.batch_and_concurrency",
        "--batch",
        "batch size and concurrent requests of the runs",
    ),
    _answer(
        "attestation.statement", None, "that the figures are true and complete to your knowledge"
    ),
    _answer("attestation.name", None, "who signs"),
    _answer("attestation.role", None, "in which role"),
    _answer("attestation.date", None, "when, as in 2026-01-31"),
)
"""The places of free text, in the order of the manifest. Everything else in it is calculated."""

REMARKS: Final = "methodology.remarks"
"""A list of free texts, empty unless a person has more to say."""

FREE: Final = (*(answer.path for answer in ANSWERS), REMARKS, f"{REMARKS}.*")
"""All places of free text; ``*`` is any number."""


def at(document: Any, path: str) -> Any:
    """Return what is at a place of a document; None if there is nothing."""
    for key in path.split("."):
        if isinstance(document, Mapping) and key in document:
            document = document[key]
        elif isinstance(document, list) and key.isdigit() and int(key) < len(document):
            document = document[int(key)]
        else:
            return None
    return document


def answered(document: Any) -> dict[str, str]:
    """Return the answers in a document, by path; those that are missing or no text are left out."""
    found = {answer.path: at(document, answer.path) for answer in ANSWERS}
    return {path: text for path, text in found.items() if isinstance(text, str)}


def marked(document: Any) -> Iterator[str]:
    """Yield the places that a person still has to fill in, each with what to write there."""
    for answer in ANSWERS:
        text = at(document, answer.path)
        if isinstance(text, str) and TODO in text:
            what = text.partition(TODO)[2].removeprefix(":").strip()
            yield f"{answer.path}: {what}" if what else answer.path
