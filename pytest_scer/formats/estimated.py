"""``pytest-scer estimate REPORT``: what calculators say, next to what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_scer.core import units
from pytest_scer.formats.terminal.foot import bases
from pytest_scer.formats.what_if import table
from pytest_scer.report.estimated import Estimate
from pytest_scer.report.model import Report


def lines(report: Report, found: Sequence[Estimate]) -> Iterator[str]:
    """Yield the table, and what each calculator was given.

    Args:
        report: The report.
        found: What the calculators say.
    """
    duration = units.quantity(report.session.duration_s, "s")
    grid = report.carbon_intensity
    yield f"the session of {duration} at {grid.g_per_kwh:g} gCO2e per kWh ({grid.location})"
    yield from table(
        {
            "": [each.calculator for each in found],
            "estimate": [_energy(each.energy_kwh, 3) for each in found],
            "measured": [_joules(each.measured_j, report.digits) for each in found],
            "of": [" + ".join(each.components) for each in found],
            "estimate / measured": [_ratio(each.over_measured) for each in found],
            "CO2e": [units.quantity(each.co2e_g, "g") for each in found],
            "measured CO2e": [_grams(report, each) for each in found],
        },
        left=("", "of"),
    )
    for each in found:
        yield f"{each.calculator}: {each.basis}"
    yield bases(report)
    if report.pue != 1:
        yield f"measured energy is multiplied by the report's PUE of {report.pue:g}"


def _energy(kwh: float | None, digits: int) -> str:
    return _joules(None if kwh is None else kwh * units.JOULES_PER_KWH, digits)


def _joules(joules: float | None, digits: int) -> str:
    return units.quantity(joules, "J", digits=digits)


def _grams(report: Report, found: Estimate) -> str:
    if found.measured_j is None:
        return "-"
    grams = found.measured_j / units.JOULES_PER_KWH * report.carbon_intensity.g_per_kwh
    return units.quantity(grams, "g", digits=report.digits)


def _ratio(share: float | None) -> str:
    if share is None:
        return "-"
    return f"{share:,.0f}x" if share >= 100 else f"{share:.2g}x"
