"""The trainings of a page, in the words of the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pytest_scer.formats import trainings as in_words
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.model import Report
from pytest_scer.report.names import Names

MOST: Final = 50
"""How many trainings are listed; the JSON report has all of them."""


@dataclass(frozen=True)
class Row:
    """A training.

    Attributes:
        name: The short name of its test.
        nodeid: The test.
        used: What it used.
        details: What else is known, each with whether it says that the training was stopped.
    """

    name: str
    nodeid: str
    used: str
    details: Sequence[tuple[str, bool]]


def rows(report: Report, names: Names) -> tuple[Sequence[Row], int]:
    """Return the trainings, and how many more there are."""
    every = [*in_words.of_report(report)]
    shown = [
        Row(
            names.attempt(test),
            test.nodeid,
            in_words.used(training, report.conversion, report.digits),
            [
                (text, training.stopped is not None and text == training.stopped.text)
                for text in in_words.details(training, report.digits)
            ],
        )
        for test, training in every[:MOST]
    ]
    return shown, len(every) - len(shown)
