"""The location was not given, so CO2e is calculated with the world average.

Evidence: the location of the carbon intensity.

Threshold: none.

Remedy: `--scer-country`, or the key `scer_country`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.core.intensity import WORLD_AVERAGE
from pytest_scer.report.model import Finding, Report

KIND: Final = "location"


def find(report: Report) -> Iterator[Finding]:
    """Find that no location was given."""
    grid = report.carbon_intensity
    if grid.location == WORLD_AVERAGE:
        yield Finding(
            KIND,
            f"no location given: CO2e is that of the world average, {grid.g_per_kwh:g} g per kWh",
            [],
            "hint",
            "--scer-country ISO3   (in the configuration: scer_country = ISO3)",
            grid.g_per_kwh,
            "gCO2e per kWh",
        )
