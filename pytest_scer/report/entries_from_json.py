"""Build the tests and fixtures of a report from JSON that fits the schema."""

from __future__ import annotations

import math
from collections.abc import Collection
from sys import intern
from typing import Any

from pytest_scer.core.measurement import Measurement
from pytest_scer.core.sections import Use
from pytest_scer.report.baseline_entry import BaselineEntry
from pytest_scer.report.entries import OF_MODELS
from pytest_scer.report.model import BudgetEntry, FixtureEntry, SectionEntry, TestEntry
from pytest_scer.report.records import record

Json = dict[str, Any]


def load_measurement(data: Json | None, absent: Collection[str]) -> Measurement | None:
    """Read one ``MEASUREMENT`` of the schema.

    Args:
        data: Output of :meth:`pytest_scer.report.entries_to_json.MeasurementForm.dump`.
        absent: Components that the session did not have. For all others null means a failed
            reading, which becomes NaN.
    """
    if data is None:
        return None
    runs = data["runs"]
    loaded = load_run(data, absent)
    loaded.uncertainty_j = data["uncertainty_j"]
    loaded.run_count = data["run_count"]
    loaded.shown_j = data.get("within_session_j")
    loaded.contention_j = data.get("contention_j", 0.0)
    if runs is not None:
        loaded.runs = tuple([load_run(run, absent) for run in runs])
    return loaded


def load_run(data: Json, absent: Collection[str]) -> Measurement:
    """Read what all measurements have, also those of single runs."""
    # No helper functions: this runs four times a test, in reports of 100,000 tests.
    energy = data["energy_j"]
    cpu_j, gpu_j, ram_j = energy["cpu"], energy["gpu"], energy["ram"]
    if cpu_j is None and "cpu" not in absent:
        cpu_j = math.nan
    if gpu_j is None and "gpu" not in absent:
        gpu_j = math.nan
    if ram_j is None and "ram" not in absent:
        ram_j = math.nan
    cpu_time_s = math.nan if data["cpu_time_s"] is None else data["cpu_time_s"]
    return Measurement(data["duration_s"], cpu_time_s, cpu_j, gpu_j, ram_j, None)


def load_baseline(data: Json | None) -> BaselineEntry | None:
    """Read the comparison of a test or a session with the baseline."""
    return None if data is None else record(BaselineEntry, data)


def load_test(data: Json, absent: Collection[str]) -> TestEntry:
    """Read one entry of ``tests``.

    Strings that recur in every test are interned, since thousands of tests stay in memory.
    """
    stages = {
        intern(name): load_measurement(stage, absent) for name, stage in data["stages"].items()
    }
    is_call = data["measurement"] == data["stages"].get("call")
    return TestEntry(
        nodeid=data["nodeid"],
        outcome=intern(data["outcome"]),
        worker=intern(data["worker"]),
        host=intern(data["host"]),
        attempt=data["attempt"],
        phase=data["phase"],
        category=data["category"],
        model=data["model"],
        unmeasured=data["unmeasured"],
        stages=stages,
        measurement=stages.get("call")
        if is_call
        else load_measurement(data["measurement"], absent),
        units=data["units"],
        sections=[load_section(section, absent) for section in data["sections"]],
        budgets=[record(BudgetEntry, budget) for budget in data["budgets"]],
        marks=data["marks"],
        budget_failed=data["budget_failed"],
        start_s=data.get("start_s"),
        starts_s=dict(data.get("starts_s") or {}),
        quality=dict(data.get("quality") or {}),
        reference_j=data.get("reference_j"),
        reference_moved=data.get("reference_moved"),
        other_cores=data.get("other_cores"),
        baseline=load_baseline(data["baseline"]),
        protocol=data.get("protocol"),
        other_phases=_load_phases(data.get("other_phases"), absent),
        beside=_load_phases(data.get("beside"), absent),
        **_load_models(data, absent),
    )


def _load_models(data: Json, absent: Collection[str]) -> dict[str, list[Any]]:
    if not any(data.get(name) for name in OF_MODELS):
        return {}
    from pytest_scer.report.models_json import load_models

    return load_models(data, load_measurement, absent)


def load_section(data: Json, absent: Collection[str]) -> SectionEntry:
    """Read one entry of ``sections``."""
    measurement = load_measurement(data["measurement"], absent)
    assert measurement is not None
    counted = _load_use(data.get("counted"), absent)
    return record(SectionEntry, {**data, "measurement": measurement, "counted": counted})


def _load_use(data: Json | None, absent: Collection[str]) -> Use | None:
    if data is None:
        return None
    measurement = load_measurement(data["measurement"], absent)
    assert measurement is not None
    return Use(measurement, data["units"])


def _load_phases(data: Json | None, absent: Collection[str]) -> dict[str, Measurement] | None:
    if data is None:
        return None
    loaded = {name: load_measurement(part, absent) for name, part in data.items()}
    return {name: part for name, part in loaded.items() if part is not None}


def load_fixture(data: Json, absent: Collection[str]) -> FixtureEntry:
    """Read one entry of ``fixtures``."""
    measurement = load_measurement(data["measurement"], absent)
    assert measurement is not None
    return record(FixtureEntry, {**data, "measurement": measurement})
