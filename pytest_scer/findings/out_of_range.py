"""A count of functional units is too large or too small to calculate with.

Evidence: a count of a test or of one of its sections that is not between {LEAST:g} and {MOST:g}.

Threshold: none; what is divided by such a number overflows or vanishes.

Remedy: none; the count itself is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.core import units
from pytest_scer.core.units import LEAST, MOST  # noqa: F401 - for the docstring
from pytest_scer.report.model import Finding, Report

KIND: Final = "out of range"


def find(report: Report) -> Iterator[Finding]:
    """Find the counts that cannot be calculated with."""
    for test in report.tests:
        for counts in (test.units, *(section.units for section in test.sections)):
            for name, count in counts.items():
                if count and not units.is_usable(count):
                    text = f"{count:g} {units.plural(name)} is out of range: no figure per {name}"
                    yield Finding(KIND, text, [test.nodeid], "warning")
