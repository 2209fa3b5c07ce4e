"""JUnit XML: the figures of a test as properties of its test case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def properties(record: Mapping[str, Any]) -> Iterator[tuple[str, float | str]]:
    """Yield the figures of a test as properties of its test case.

    Args:
        record: The test's entry in the JSON report.
    """
    measured = record["measurement"]
    if measured is not None:
        figures = {
            "scer_energy_j": measured["energy_j"]["total"],
            "scer_co2e_g": measured["co2e_g"],
            "scer_uncertainty_j": measured["uncertainty_j"],
            "scer_cpu_time_s": measured["cpu_time_s"],
        }
        yield from ((name, value) for name, value in figures.items() if value is not None)
    if record["unmeasured"] is not None:
        yield "scer_unmeasured", record["unmeasured"]
    for budget in record["budgets"]:
        yield "scer_budget", f"{budget['limit']}: {budget['verdict']}"
    if record["baseline"] is not None:
        yield "scer_baseline", record["baseline"]["verdict"]
        if record["baseline"]["change"] is not None:
            yield "scer_baseline_change", record["baseline"]["change"]
