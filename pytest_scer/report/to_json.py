"""Convert a report to JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from pytest_scer import __version__
from pytest_scer.core.intensity import Conversion
from pytest_scer.core.measurement import Measurement, water_l
from pytest_scer.meters.base import MeterInfo
from pytest_scer.report.model import (
    SCHEMA_VERSION,
    BudgetEntry,
    FixtureEntry,
    Idle,
    Report,
    SectionEntry,
    TestEntry,
)
from pytest_scer.report.protocols import protocols_of
from pytest_scer.report.ratings import RatedScore, rated_scores
from pytest_scer.scoring.scales import scale_to_json
from pytest_scer.scoring.scer import ScerScale

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
        if measured is None:
            return None
        energy_j = self._energy(measured)
        total_j, duration_s = energy_j["total"], float(measured.duration_s)
        wue = self.wue_l_per_kwh
        return {
            "duration_s": duration_s,
            "cpu_time_s": _figure(measured.cpu_time_s),
            "energy_j": energy_j,
            "active_energy_j": None if self.idle is None else self.idle.active_j(measured),
            "power_w": None if total_j is None or duration_s <= 0 else total_j / duration_s,
            "co2e_g": None if total_j is None else self.conversion.grams(total_j),
            "water_l": None if total_j is None or wue is None else water_l(total_j, wue),
            "uncertainty_j": None if total_j is None else _figure(measured.uncertainty_j),
            "within_session_j": None if total_j is None else _figure(measured.within_session_j),
            "contention_j": float(measured.contention_j),
            "below_resolution": measured.below_resolution,
            "run_count": measured.run_count,
            "runs": None
            if measured.runs is None
            else [
                {
                    "duration_s": float(run.duration_s),
                    "cpu_time_s": _figure(run.cpu_time_s),
                    "energy_j": self._energy(run),
                }
                for run in measured.runs
            ],
        }

    @staticmethod
    def _energy(measured: Measurement) -> Json:
        return {
            "cpu": _figure(measured.cpu_j),
            "gpu": _figure(measured.gpu_j),
            "ram": _figure(measured.ram_j),
            "total": _figure(measured.total_j),
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
        "starts_s": test.starts_s,
        "phase": test.phase,
        "category": test.category,
        "model": test.model,
        "protocol": test.protocol,
        "unmeasured": test.unmeasured,
        "stages": stages,
        "measurement": stages.get("call") if is_call else form.dump(test.measurement),
        "units": test.units,
        "quality": test.quality,
        "sections": [
            {
                "name": section.name,
                "parent": section.parent,
                "phase": section.phase,
                "units": section.units,
                "measurement": form.dump(section.measurement),
                "counted": _dump_use(section, form),
            }
            for section in test.sections
        ],
        "other_phases": _dump_phases(test.other_phases, form),
        "beside": _dump_phases(test.beside, form),
        "budgets": [_dump_budget(budget) for budget in test.budgets],
        "baseline": None if test.baseline is None else asdict(test.baseline),
        "reference_j": test.reference_j,
        "reference_moved": test.reference_moved,
        "other_cores": test.other_cores,
        "marks": test.marks,
        "budget_failed": test.budget_failed,
    }


def _dump_use(section: SectionEntry, form: MeasurementForm) -> Json | None:
    """Convert what a section counts for; null if that is its measurement."""
    use, measured = section.counted, section.measurement
    if use is None or (measured.run_count == 1 and use.measurement.total_j == measured.total_j):
        return None
    return {"measurement": form.dump(use.measurement), "units": dict(use.units)}


def _dump_phases(phases: dict[str, Measurement] | None, form: MeasurementForm) -> Json | None:
    return None if phases is None else {name: form.dump(part) for name, part in phases.items()}


def _dump_budget(budget: BudgetEntry) -> Json:
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


def dump_meter(info: MeterInfo) -> Json:
    """Convert how a component is metered."""
    return {
        "source": info.source,
        "provenance": info.provenance.value,
        "tracking_mode": None if info.tracking_mode is None else info.tracking_mode.value,
        "resolution_s": info.resolution_s,
        "detail": info.detail,
        "accuracy": None if info.accuracy is None else asdict(info.accuracy),
        "watts": info.watts,
    }


def _dump_rated(rated: RatedScore) -> Json:
    score = rated.score
    stated = score.score
    return {
        "model": score.model,
        "category": score.category,
        "phase": score.phase,
        "protocol": score.protocol,
        "unit": f"gCO2eq per {score.unit}",
        "score": None if stated is None else stated.value_g,
        "score_text": None if stated is None else stated.readable.stated(),
        "claim": None if stated is None else rated.claim,
        "is_sci": stated is not None and not rated.missing,
        "missing": [str(gap) for gap in rated.missing],
        "operational_co2e_g": None if stated is None else stated.operational_g,
        "embodied_co2e_g": None if stated is None else stated.embodied_g,
        "caveats": rated.caveats,
        "uncertainty": score.uncertainty_g,
        "energy_per_unit_j": score.energy_per_unit_j,
        "units_per_kwh": score.units_per_kwh,
        "units": None if stated is None else stated.units,
        "energy_j": score.energy_j,
        "runs": score.runs,
        "duration_s": score.duration_s,
        "boundary": score.boundary,
        "hardware": rated.hardware,
        "components": [asdict(each) for each in rated.setting.components or ()],
        "tests": score.sources,
        "left_out": [asdict(each) for each in rated.left_out],
        "rating": asdict(rated.rating),
        "energy_rating": asdict(rated.energy_rating),
    }


def dump_head(report: Report) -> Json:
    """Return the part of the report that comes before its tests."""
    environment = report.environment
    totals, conversion = report.totals, report.conversion
    total_j, plausible_j = totals.total_j, report.plausible_j
    wue = report.wue_l_per_kwh
    return {
        "schema_version": SCHEMA_VERSION,
        "generator": {"name": "pytest-scer", "version": __version__},
        "session": asdict(report.session),
        "environment": {
            "os": environment.os,
            "python": environment.python,
            "cpu": {
                "model": environment.cpu_model,
                "logical_cores": environment.logical_cores,
            },
            "gpus": environment.gpus,
            "ram_gb": environment.ram_gb,
            "versions": environment.versions,
        },
        "meters": {name: dump_meter(info) for name, info in report.meters.items()},
        "carbon_intensity": asdict(report.carbon_intensity),
        "pue": report.pue,
        "pue_source": report.pue_source,
        "wue_l_per_kwh": wue,
        "idle": None if report.idle is None else asdict(report.idle),
        "embodied": None
        if report.embodied is None
        else [asdict(part) for part in report.embodied.parts],
        "embodied_source": report.embodied_source,
        "scale": scale_to_json(report.scale or ScerScale()),
        "peers": None if report.peers is None else [asdict(peer) for peer in report.peers],
        "protocols": [{"identity": each.identity, **asdict(each)} for each in protocols_of(report)],
        "totals": {
            "energy_j": {
                "cpu": totals.cpu_j,
                "gpu": totals.gpu_j,
                "ram": totals.ram_j,
                "total": total_j,
            },
            "plausible_j": None
            if plausible_j is None
            else dict(zip(("low", "high"), plausible_j, strict=True)),
            "co2e_g": None if total_j is None else conversion.grams(total_j),
            "embodied_co2e_g": report.embodied_co2e_g,
            "water_l": None if total_j is None or wue is None else water_l(total_j, wue),
            "tests_energy_j": totals.tests_energy_j,
            "fixtures_energy_j": totals.fixtures_energy_j,
            "confirming_energy_j": totals.confirming_energy_j,
            "overhead_energy_j": totals.overhead_energy_j,
        },
        "baseline": None if report.baseline is None else asdict(report.baseline),
    }


def dump_report(report: Report) -> Iterator[str]:
    """Yield the report as JSON text: one line per test, so that it diffs well and streams."""
    from pydantic_core import to_json  # seven times as fast as the standard library's json

    form = MeasurementForm(report.conversion, report.wue_l_per_kwh, report.idle)

    def lines(rows: Iterator[Json]) -> Iterator[str]:
        separator = "\n    "
        for row in rows:
            yield separator + to_json(row, inf_nan_mode="null").decode()
            separator = ",\n    "
        yield "]" if separator == "\n    " else "\n  ]"

    yield json.dumps(dump_head(report), indent=2, allow_nan=False)[:-2] + ","
    for name, rows in (
        ("tests", (dump_test(test, form) for test in report.tests)),
        ("not_run", iter(report.not_run)),
        ("fixtures", (dump_fixture(fixture, form) for fixture in report.fixtures)),
        ("budgets", (_dump_budget(budget) for budget in report.budgets)),
        ("unused_budgets", iter(report.unused_budgets)),
        ("ratings", map(_dump_rated, rated_scores(report))),
        ("findings", (asdict(finding) for finding in report.findings)),
        ("warnings", iter(report.warnings)),
    ):
        yield f'\n  "{name}": ['
        yield from lines(rows)  # type: ignore[arg-type]
        yield "" if name == "warnings" else ","
    yield "\n}\n"
