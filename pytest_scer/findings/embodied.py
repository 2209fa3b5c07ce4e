"""The embodied emissions cannot be those of hardware.

Evidence: TiR is shorter than the session, TE is less than 1 kg, or EL is longer than 15 years.
Scores that include them are not rated.

Threshold: none.

Remedy: `--scer-embodied` with the figures of your machine; without TiR, the duration of the session
counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.report.caveats import implausible_embodied
from pytest_scer.report.model import Finding, Report

KIND: Final = "embodied"


def find(report: Report) -> Iterator[Finding]:
    """Find what cannot be true of the embodied emissions."""
    for doubt in implausible_embodied(report):
        yield Finding(
            KIND,
            f"embodied emissions are implausible: {doubt}",
            [],
            "warning",
            '--scer-embodied "TE=1200 kg, EL=4 y"   (the figures of your machine)',
            report.embodied_co2e_g,
            "gCO2e",
        )
