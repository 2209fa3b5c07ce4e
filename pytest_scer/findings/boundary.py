"""The figures leave out embodied emissions, so they are not SCI scores.

Evidence: no embodied emissions were given.

Threshold: none.

Remedy: `--scer-embodied "TE=1200 kg, EL=4 y"`, with the figures of your machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.report.model import Finding, Report
from pytest_scer.scoring.sci import OPERATIONAL_ONLY

KIND: Final = "boundary"


def find(report: Report) -> Iterator[Finding]:
    """Find that embodied emissions are missing."""
    if report.embodied is None:
        total_j = report.totals.total_j
        yield Finding(
            KIND,
            OPERATIONAL_ONLY,
            [],
            "info",
            '--scer-embodied "TE=1200 kg, EL=4 y"',
            None if total_j is None else report.conversion.grams(total_j),
            "gCO2e",
        )
