"""The message of a test that fails because of its budget."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_scer.core import COMPONENTS, units
from pytest_scer.core.budget import Judgement, Verdict
from pytest_scer.core.measurement import Measurement
from pytest_scer.recording.metering import Metered
from pytest_scer.recording.testrun import TestRun


def budget_failure(test: TestRun, judgements: Sequence[Judgement], metered: Metered) -> str:
    """The failure message for budgets that fail a test.

    Args:
        test: The test.
        judgements: The budgets that failed the test.
        metered: Meter and carbon intensity of the session.
    """
    exceeded = all(judgement.verdict is Verdict.EXCEEDED for judgement in judgements)
    lines = ["Over budget:" if exceeded else "Carbon budget failed:"]
    lines += [f"  {judgement.text}" for judgement in judgements]
    measurement = test.measurement()
    if measurement is not None:
        lines.append(f"  measured: {_what_was_measured(test, measurement)}")
        parts = [
            f"{component} {units.quantity(joules, 'J')} "
            f"({metered.infos[component].provenance.value})"
            for component in COMPONENTS
            if (joules := getattr(measurement, f"{component}_j")) is not None
        ]
        lines.append(
            f"  energy: {', '.join(parts)}; {units.quantity(measurement.total_j, 'J')} "
            f"in {units.quantity(measurement.duration_s, 's')}"
        )
    grid = metered.carbon_intensity
    pue = f", PUE {metered.pue:g}" if metered.pue != 1 else ""
    lines.append(f"  grid: {grid.g_per_kwh:g} gCO2e per kWh ({grid.location}){pue}")
    for judgement in judgements:
        text = judgement.limit.budget.not_reproducible(grid, metered.conversion)
        lines += [f"  {text}"] if text is not None else []
    return "\n".join(lines)


def _what_was_measured(test: TestRun, measurement: Measurement) -> str:
    if test.calls:
        stages = "the median run of carbon(fn)"
    elif test.again is not None:
        stages = "the median run of the call stage"
    elif test.marker.covers == "all":
        stages = "setup, call and teardown stages"
    else:
        stages = "call stage"
    components = [
        component for component in COMPONENTS if getattr(measurement, f"{component}_j") is not None
    ]
    runs = f", {measurement.run_count} runs" if measurement.run_count > 1 else ""
    return f"{stages}{runs}; components {' + '.join(components)}"
