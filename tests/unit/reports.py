"""Reports with round figures, built without a session."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pytest_scer.core.intensity import CarbonIntensity
from pytest_scer.core.measurement import Measurement
from pytest_scer.meters.base import ABSENT, MeterInfo, Provenance, TrackingMode
from pytest_scer.report.model import (
    Environment,
    Report,
    SectionEntry,
    SessionInfo,
    TestEntry,
    Totals,
)
from pytest_scer.report.to_json import dump_report

MEASURED = MeterInfo("RAPL", Provenance.MEASURED, TrackingMode.MACHINE, 1e-3, "")
CONSTANT = MeterInfo("20 W constant", Provenance.CONSTANT, TrackingMode.MACHINE, 1e-9, "")
MODELLED = MeterInfo("CPU time x 4 W", Provenance.MODELLED, TrackingMode.PROCESS, 1e-6, "")
GRID = CarbonIntensity(360.0, "Testland", "a table", "location-based yearly average", 2024)
"""360 g per kWh: a joule is 0.1 mg."""


def measured(
    joules: float, seconds: float = 10.0, uncertainty_j: float | None = 0.0, **more: Any
) -> Measurement:
    """Three quarters of the joules on the CPU, one in the memory."""
    return Measurement(
        duration_s=seconds,
        cpu_time_s=seconds,
        cpu_j=0.75 * joules,
        gpu_j=None,
        ram_j=0.25 * joules,
        uncertainty_j=uncertainty_j,
        **more,
    )


def entry(
    model: str | None = "gpt2",
    measurement: Measurement | None = None,
    *,
    phase: str | None = "inference",
    category: str | None = "text-generation",
    units: dict[str, float] | None = None,
    **more: Any,
) -> TestEntry:
    """A test that passed."""
    fields: dict[str, Any] = {
        "nodeid": f"test_it.py::test_{model}_{phase}",
        "outcome": "passed",
        "worker": "master",
        "host": "h0",
        "attempt": 1,
        "unmeasured": None,
        "sections": [],
        "budgets": [],
        "marks": [],
        "stages": {"setup": None, "call": measurement, "teardown": None},
    }
    return TestEntry(
        **{**fields, **more},
        model=model,
        measurement=measurement,
        phase=phase,
        category=category,
        units=units or {},
    )


def section(name: str, measurement: Measurement, phase: str, **units: float) -> SectionEntry:
    """A section that lies in no other."""
    return SectionEntry(name, None, phase, units, measurement)


def report(*tests: TestEntry, **more: Any) -> Report:
    """A report of these tests, in a session of 100 s on one measured machine."""
    fields: dict[str, Any] = {
        "session": SessionInfo(
            "0123456789ab", "2026-03-01T12:00:00+00:00", 100.0, 0, False, 1, [{"label": "h0"}]
        ),
        "environment": environment("Xeon"),
        "meters": {"cpu": MEASURED, "gpu": ABSENT, "ram": MEASURED},
        "carbon_intensity": GRID,
        "pue": 1.0,
        "wue_l_per_kwh": None,
        "totals": Totals(3000.0, None, 1000.0, 3000.0, 0.0),
    }
    return Report(**{**fields, **more}, tests=list(tests))


def environment(cpu: str) -> Environment:
    """A machine with this CPU."""
    return Environment("Linux", "3.12.0", cpu, 8, [], 32.0, {"codecarbon": "3.3.2"})


def three_models() -> Report:
    """Three models of one category, with 1, 2 and 4 kJ for 1000 tokens each, measured exactly."""
    return report(
        *(
            entry(name, measured(joules), units={"token": 1000})
            for name, joules in (("small", 1000.0), ("medium", 2000.0), ("large", 4000.0))
        )
    )


def write(made: Report, path: Path) -> Path:
    """Write it as JSON."""
    path.write_text("".join(dump_report(made)), encoding="utf-8")
    return path


def as_json(made: Report) -> dict[str, Any]:
    """Its JSON form."""
    form: dict[str, Any] = json.loads("".join(dump_report(made)))
    return form


def trained(**more: object) -> Report:
    """A model with both phases: 3.6 MJ of training, 36 J for an image."""
    return report(
        entry("m", measured(3.6e6), phase="training", units={"step": 5}),
        entry("m", measured(360.0), units={"image": 10}),
        **more,
    )
