"""The JSON report without what follows from the rest, which makes a page a third smaller.

``assets/restored.js`` calculates it again, by the same operations on the same numbers. A figure is
left out only if that gives exactly the same number, so the report that a reader saves is the one
that ``--scer-output report.json`` writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pytest_scer.core.intensity import Conversion
from pytest_scer.report.model import Report
from pytest_scer.report.to_json import dump_report

Json = dict[str, Any]


def condensed(report: Report) -> bytes:
    """Return the report as JSON, derived figures of tests left out.

    Args:
        report: The report.
    """
    from pydantic_core import from_json, to_json

    whole: Json = from_json("".join(dump_report(report)))
    for test in whole["tests"]:
        for measured in _measurements(test):
            _leave_out(measured, report.conversion)
        if test["measurement"] == test["stages"].get("call"):
            test["measurement"] = "call"
    return to_json(whole)


def _measurements(test: Json) -> Iterator[Json]:
    parts = [*test["stages"].values(), test["measurement"]]
    yield from (part for part in parts if part is not None)


def _leave_out(measured: Json, conversion: Conversion) -> None:
    energy_j = measured["energy_j"]
    total_j, duration_s = energy_j["total"], measured["duration_s"]
    if total_j is None:
        return
    # Python's sum() of floats rounds once, JavaScript's + each time.
    if total_j == (energy_j["cpu"] or 0.0) + (energy_j["gpu"] or 0.0) + (energy_j["ram"] or 0.0):
        del energy_j["total"]
    if measured["co2e_g"] == conversion.grams(total_j):
        del measured["co2e_g"]
    if duration_s > 0 and measured["power_w"] == total_j / duration_s:
        del measured["power_w"]
