"""The CSV format: CodeCarbon's ``emissions.csv``, with one row per test.

The columns are exactly those of CodeCarbon's file, so that its viewers can open it and CodeCarbon
itself can append to it. A missing figure is an empty cell.

Texts come from outside, and spreadsheets run a cell that begins like a formula. So a text that
begins with one of :data:`ACTIVE` has an apostrophe before it, which spreadsheets take for the mark
of a text. To get the text back, remove one apostrophe from the start of a cell: a text that begins
with one has another before it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final

from pytest_scer.core.measurement import Measurement, water_l
from pytest_scer.core.units import JOULES_PER_KWH
from pytest_scer.report.model import Report, TestEntry

# The fields of codecarbon.output_methods.emissions_data.EmissionsData, in order; a contract test
# compares them.
COLUMNS: Final = (
    "timestamp", "project_name", "run_id", "experiment_id", "duration", "emissions",
    "emissions_rate", "cpu_power", "gpu_power", "ram_power", "cpu_energy", "gpu_energy",
    "ram_energy", "energy_consumed", "water_consumed", "country_name", "country_iso_code",
    "region", "cloud_provider", "cloud_region", "os", "python_version", "codecarbon_version",
    "cpu_count", "cpu_model", "gpu_count", "gpu_model", "longitude", "latitude",
    "ram_total_size", "tracking_mode", "cpu_utilization_percent", "gpu_utilization_percent",
    "ram_utilization_percent", "ram_used_gb", "on_cloud", "pue", "wue",
)  # fmt: skip

ACTIVE: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a formula begins with in a spreadsheet (OWASP, "CSV Injection"), also in full width."""
_QUOTED: Final = re.compile('[",\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]|^ | $')

Cell = str | float | int | None


def dump_report(report: Report) -> Iterator[str]:
    """Yield the report as CSV text.

    As in CodeCarbon, energies are in kWh of IT energy, emissions in kg of CO2e and powers in W.
    ``experiment_id`` holds the test's node ID, and after it the attempt if it is not the first.
    """
    yield ",".join(COLUMNS) + "\n"
    for test in report.tests:
        row = _row(test, report)
        yield ",".join(_cell(row.get(column)) for column in COLUMNS) + "\n"


def _cell(value: Cell) -> str:
    """Write a cell (RFC 4180): in quotes if it holds a separator or a control character."""
    if not isinstance(value, str):
        return "" if value is None else str(value)
    text = f"'{value}" if value.startswith(("'", *ACTIVE)) else value
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def _row(test: TestEntry, report: Report) -> dict[str, Cell]:
    environment, session = report.environment, report.session
    attempt = f" (attempt {test.attempt})" if test.attempt > 1 else ""
    return {
        "timestamp": session.started_at,
        "project_name": "pytest-scer",
        "run_id": session.id,
        "experiment_id": test.nodeid + attempt,
        **(_figures(test.measurement, report) if test.measurement is not None else {}),
        "country_name": report.carbon_intensity.location,
        "os": environment.os,
        "python_version": environment.python,
        "codecarbon_version": environment.versions.get("codecarbon", ""),
        "cpu_count": environment.logical_cores,
        "cpu_model": environment.cpu_model,
        "gpu_count": len(environment.gpus),
        "gpu_model": ", ".join(str(gpu["name"]) for gpu in environment.gpus),
        "ram_total_size": environment.ram_gb,
        "tracking_mode": _tracking_mode(report),
        "on_cloud": "N",
        "pue": report.pue,
        "wue": report.wue_l_per_kwh,
    }


def _tracking_mode(report: Report) -> str:
    mode = report.meters["cpu"].tracking_mode
    return "" if mode is None else mode.value


def _figures(measured: Measurement, report: Report) -> dict[str, Cell]:
    seconds = measured.duration_s
    row: dict[str, Cell] = {"duration": seconds}
    for component in ("cpu", "gpu", "ram"):
        joules = getattr(measured, f"{component}_j")
        if joules is not None and not math.isnan(joules):
            row[f"{component}_energy"] = joules / JOULES_PER_KWH
            row[f"{component}_power"] = joules / seconds if seconds > 0 else None
    if measured.complete:
        total_j = measured.total_j or 0.0
        kilograms = report.conversion.grams(total_j) / 1e3
        row["energy_consumed"] = total_j / JOULES_PER_KWH
        row["emissions"] = kilograms
        row["emissions_rate"] = kilograms / seconds if seconds > 0 else None
        if report.wue_l_per_kwh is not None:
            row["water_consumed"] = water_l(total_j, report.wue_l_per_kwh)
    return row
