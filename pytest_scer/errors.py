"""What users see when a budget is not kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from pytest_scer.core import COMPONENTS, units
from pytest_scer.core.budget import Judgement
from pytest_scer.core.measurement import Measurement

if TYPE_CHECKING:
    from pytest_scer.report.model import BaselineEntry
    from pytest_scer.roles.metering import Metered
    from pytest_scer.roles.testrun import TestRun


class CarbonBudgetWarning(UserWarning):
    """A verdict on a test that is not ``ok`` and does not fail it."""


class CarbonBudgetExceeded(pytest.fail.Exception):  # type: ignore[name-defined,misc]
    """A test used more than its budget allows.

    Attributes:
        judgements: The budgets that failed it, each with figure, uncertainty and limit.
    """

    def __init__(self, test: TestRun, judgements: Sequence[Judgement], metered: Metered) -> None:
        """Build the text that the user reads.

        Args:
            test: The test.
            judgements: The budgets that failed it.
            metered: What it was measured with.
        """
        self.judgements = list(judgements)
        super().__init__(_text(test, judgements, metered), pytrace=False)


class CarbonRegression(pytest.fail.Exception):  # type: ignore[name-defined,misc]
    """A test costs more than its baseline, by more than the threshold and the noise.

    Or that cannot be told, and ``--scer-fail-on`` names this verdict.

    Attributes:
        entry: What was compared, and what came of it.
    """

    def __init__(self, entry: BaselineEntry) -> None:
        """Build the text that the user reads.

        Args:
            entry: What was compared, and what came of it.
        """
        self.entry = entry
        verdict = entry.verdict
        what = "regression" if verdict == "regression" else f"comparison {verdict}"
        lines = [f"Carbon {what}:", f"  {entry.text}"]
        if entry.change is not None:
            lines.append(
                f"  CO2e at the baseline's {entry.baseline_g_per_kwh:g} g per kWh: "
                f"{units.quantity(entry.co2e_g, 'g', suffix='CO2e')} against "
                f"{units.quantity(entry.baseline_co2e_g, 'g', suffix='CO2e')}"
            )
            lines.append(f"  method: {entry.method}")
        lines += [f"  {note}" for note in entry.notes]
        super().__init__("\n".join(lines), pytrace=False)


def _text(test: TestRun, judgements: Sequence[Judgement], metered: Metered) -> str:
    lines = ["Carbon budget not kept:"]
    lines += [f"  {judgement.text}" for judgement in judgements]
    measurement = test.measurement()
    if measurement is not None:
        lines.append(f"  read: {_what_was_read(test, measurement)}")
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


def _what_was_read(test: TestRun, measurement: Measurement) -> str:
    if test.calls:
        stages = "the median run of carbon(fn)"
    elif test.again is not None:
        stages = "the median run of stage call"
    elif test.marker.covers == "all":
        stages = "stages setup, call, teardown"
    else:
        stages = "stage call"
    components = [
        component for component in COMPONENTS if getattr(measurement, f"{component}_j") is not None
    ]
    runs = f", {measurement.run_count} runs" if measurement.run_count > 1 else ""
    return f"{stages}{runs}; components {' + '.join(components)}"
