"""A count of functional units is too large or too small to calculate with.

Evidence: `units` of a test or a section: a count that is not 0 and below {LEAST:g} or above
{MOST:g}.

Threshold: none.

Remedy: none; figures per that unit are missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.core import units
from pytest_scer.core.units import LEAST, MOST
from pytest_scer.report.model import Finding, Report

KIND: Final = "out of range"
__all__ = ["KIND", "LEAST", "MOST", "find"]


def find(report: Report) -> Iterator[Finding]:
    """Find the counts that are out of range."""
    for test in report.tests:
        for counts in (test.units, *(section.units for section in test.sections)):
            for name, count in counts.items():
                if count and not units.is_usable(count):
                    text = f"{count:g} {units.plural(name)} is out of range: no figure per {name}"
                    yield Finding(KIND, text, [test.nodeid], severity="warning")
