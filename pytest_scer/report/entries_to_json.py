"""Convert tests and fixtures to JSON: what workers send and the entries of a report."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pytest_scer.core.intensity import Conversion
from pytest_scer.core.measurement import Measurement, water_l
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.entries import OF_MODELS
from pytest_scer.report.model import BudgetEntry, FixtureEntry, Idle, SectionEntry, TestEntry

Json = dict[str, Any]


def _figure(value: float | None) -> float | None:
    """Convert a number for JSON: NaN and infinity become null, a numpy scalar a plain float."""
    return float(value) if value is not None and math.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class MeasurementForm:
    """Converts measurements to JSON, with the figures that depend on grid and data centre.

    Attributes:
        conversion: Converts joules to grams of CO2e.
        wue_l_per_kwh: Litres of water per kWh of IT energy; None if not given.
        idle: The power of the idle machine; None if it was not measured.
    """

    conversion: Conversion
    wue_l_per_kwh: float | None
    idle: Idle | None = None

    def dump(self, measured: Measurement | None) -> Json | None:
        """Convert a measurement to a ``MEASUREMENT`` of the schema."""
        # No helper functions where nothing is missing: this runs three times a test.
        if measured is None:
            return None
        total_j, duration_s = measured.total_j, float(measured.duration_s)
        if total_j is None or not math.isfinite(total_j):
            return self._without_total(measured, duration_s)
        wue, uncertainty_j = self.wue_l_per_kwh, _figure(measured.uncertainty_j)
        shown_j = measured.shown_j
        return {
            "duration_s": duration_s,
            "cpu_time_s": _figure(measured.cpu_time_s),
            "energy_j": self._energy(measured, total_j),
            "active_energy_j": None if self.idle is None else self.idle.active_j(measured),
            "power_w": total_j / duration_s if duration_s > 0 else None,
            "co2e_g": self.conversion.grams(total_j),
            "water_l": None if wue is None else water_l(total_j, wue),
            "uncertainty_j": uncertainty_j,
            "within_session_j": uncertainty_j if shown_j is None else _figure(shown_j),
            "contention_j": float(measured.contention_j),
            "below_resolution": total_j <= (uncertainty_j or 0.0),
            "run_count": measured.run_count,
            "runs": None if measured.runs is None else list(map(self._run, measured.runs)),
        }

    def _without_total(self, measured: Measurement, duration_s: float) -> Json:
        """A measurement whose total is missing, or that has no component."""
        return {
            "duration_s": duration_s,
            "cpu_time_s": _figure(measured.cpu_time_s),
            "energy_j": self._energy(measured, None),
            "active_energy_j": None if self.idle is None else self.idle.active_j(measured),
            "power_w": None,
            "co2e_g": None,
            "water_l": None,
            "uncertainty_j": None,
            "within_session_j": None,
            "contention_j": float(measured.contention_j),
            "below_resolution": False,
            "run_count": measured.run_count,
            "runs": None if measured.runs is None else list(map(self._run, measured.runs)),
        }

    def _run(self, run: Measurement) -> Json:
        return {
            "duration_s": float(run.duration_s),
            "cpu_time_s": _figure(run.cpu_time_s),
            "energy_j": self._energy(run, _figure(run.total_j)),
        }

    @staticmethod
    def _energy(measured: Measurement, total_j: float | None) -> Json:
        return {
            "cpu": _figure(measured.cpu_j),
            "gpu": _figure(measured.gpu_j),
            "ram": _figure(measured.ram_j),
            "total": None if total_j is None else float(total_j),
        }


def dump_test(test: TestEntry, form: MeasurementForm) -> Json:
    """Convert a test to an entry of ``tests``; also what ``report.scer`` is and workers send."""
    stages = {name: form.dump(stage) for name, stage in test.stages.items()}
    # Usually a test's measurement is its call stage, which is converted already.
    is_call = test.measurement is test.stages.get("call")
    return {
        "nodeid": test.nodeid,
        "outcome": test.outcome,
        "worker": test.worker,
        "host": test.host,
        "attempt": test.attempt,
        "start_s": test.start_s,
        "starts_s": dict(test.starts_s),
        "phase": test.phase,
        "category": test.category,
        "model": test.model,
        "protocol": test.protocol,
        "unmeasured": test.unmeasured,
        "stages": stages,
        "measurement": stages.get("call") if is_call else form.dump(test.measurement),
        "units": dict(test.units),
        "quality": dict(test.quality),
        "sections": [
            {
                "name": section.name,
                "parent": section.parent,
                "phase": section.phase,
                "units": section.units,
                "measurement": form.dump(section.measurement),
                "counted": _dump_use(section, form),
                "peak_memory": section.peak_memory,
            }
            for section in test.sections
        ],
        "other_phases": _dump_phases(test.other_phases, form),
        "beside": _dump_phases(test.beside, form),
        **_dump_models(test, form),
        "budgets": [dump_budget(budget) for budget in test.budgets],
        "baseline": None if test.baseline is None else asdict(test.baseline),
        "reference_j": test.reference_j,
        "reference_moved": test.reference_moved,
        "other_cores": test.other_cores,
        "marks": list(test.marks),
        "budget_failed": test.budget_failed,
    }


def _dump_models(test: TestEntry, form: MeasurementForm) -> Json:
    if not any([test.model_calls, test.servers, test.hosted, test.trainings, test.comparisons]):
        return {name: [] for name in OF_MODELS}
    from pytest_scer.report.models_json import dump_models

    return dump_models(test, form.dump, form.conversion)


def _dump_use(section: SectionEntry, form: MeasurementForm) -> Json | None:
    """Convert what a section counts for; null if that is its measurement."""
    use, measured = section.counted, section.measurement
    if use is None or (measured.run_count == 1 and use.measurement.total_j == measured.total_j):
        return None
    return {"measurement": form.dump(use.measurement), "units": dict(use.units)}


def _dump_phases(phases: Mapping[str, Measurement] | None, form: MeasurementForm) -> Json | None:
    return None if phases is None else {name: form.dump(part) for name, part in phases.items()}


def dump_budget(budget: BudgetEntry) -> Json:
    """Convert a budget to an entry of ``budgets``."""
    return {
        "limit": budget.limit,
        "limit_value": budget.limit_value,
        "unit": budget.unit,
        "actual": budget.actual,
        "uncertainty": budget.uncertainty,
        "runs": budget.runs,
        "verdict": budget.verdict,
        "source": budget.source,
        "reason": budget.reason,
        "target": budget.target,
        "place": budget.place,
    }


def dump_fixture(fixture: FixtureEntry, form: MeasurementForm) -> Json:
    """Convert a fixture to an entry of ``fixtures``."""
    return {
        "name": fixture.name,
        "scope": fixture.scope,
        "nodeid": fixture.nodeid,
        "worker": fixture.worker,
        "measurement": form.dump(fixture.measurement),
        "defined_in": fixture.defined_in,
        "tests": fixture.tests,
        "tests_energy_j": fixture.tests_energy_j,
        "start_s": fixture.start_s,
    }
