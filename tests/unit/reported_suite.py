"""A report with something of everything: budgets, fixtures, ratings, a baseline, findings."""

from __future__ import annotations

import dataclasses
from typing import Any

import reports

from pytest_scer.core.intensity import CarbonIntensity
from pytest_scer.core.measurement import Measurement
from pytest_scer.meters.base import ABSENT, Accuracy, MeterInfo, Provenance, TrackingMode
from pytest_scer.report.baseline_entry import BaselineEntry
from pytest_scer.report.model import (
    BudgetEntry,
    Finding,
    FixtureEntry,
    Report,
    SessionInfo,
    TestEntry,
    Totals,
)

CPU = MeterInfo(
    "CPU time x 4 W per hardware thread",
    Provenance.MODELLED,
    TrackingMode.PROCESS,
    1e-6,
    "AMD EPYC is unknown to CodeCarbon",
    accuracy=Accuracy(-0.65, 1.9, "compared", "load profiles of four machines"),
)
MEMORY = MeterInfo(
    "20 W constant",
    Provenance.CONSTANT,
    TrackingMode.MACHINE,
    1e-9,
    accuracy=Accuracy(0.0, 23.0, "compared", "power of DIMMs"),
)
WORLD = CarbonIntensity(475.0, "world average", "a table", "location-based yearly average", 2019)
FOLDER = "tests/models/test_pipeline.py::"


def cost(cpu_j: float, ram_j: float, runs: int = 1) -> Measurement:
    """Of a test; the memory's 20 W is its duration, the CPU's 4 W its CPU time."""
    one = Measurement(ram_j / 20, cpu_j / 4, cpu_j, None, ram_j, 0.2 * (cpu_j + ram_j))
    return one if runs == 1 else dataclasses.replace(one, runs=(one,) * runs, run_count=runs)


def test(name: str, call: Measurement | None, **more: Any) -> TestEntry:
    """A test of that name, which no model is tested by unless it says so."""
    plain: dict[str, Any] = {"model": None, "phase": None, "category": None}
    known = {**plain, **more}
    stages = {"setup": None, "call": call, "teardown": None}
    return reports.entry(known.pop("model"), call, nodeid=FOLDER + name, stages=stages, **known)


test.__test__ = False  # type: ignore[attr-defined]


def budget(
    verdict: str, limit: str, actual: float | None, value: float, **more: Any
) -> BudgetEntry:
    """A budget in joules, set at a line of a file."""
    fields: dict[str, Any] = {
        "unit": "J",
        "uncertainty": None if actual is None else 0.2 * actual,
        "runs": 1,
        "source": "tests/models/test_pipeline.py:19",
    }
    return BudgetEntry(limit, value, actual=actual, verdict=verdict, **{**fields, **more})


def compared(verdict: str, before_j: float, change: float, noise: float = 0.12) -> BaselineEntry:
    """With a history of ten sessions, corrected for speed."""
    return BaselineEntry(
        verdict,
        True,
        None,
        "history",
        ["cpu"],
        0.1,
        0.0,
        baseline_samples=[[before_j, 0.5]] * 10,
        samples=[[before_j * (1 + change) / 0.97, 0.5]],
        baseline_g_per_kwh=475.0,
        value=before_j,
        actual=before_j * (1 + change) / 0.97,
        corrected_by=0.97,
        depends_on_speed=True,
        change=change,
        noise=noise,
        detectable=0.27,
    )


def suite() -> Report:
    """The report."""
    model: dict[str, Any] = {"category": "text-classification", "phase": "inference"}
    tests = [
        test("TestStore::test_waits_for_the_store", cost(0.01, 20.0)),
        test("test_fit_reaches_accuracy[forest-large]", cost(2.6, 12.9), outcome="failed",
             budgets=[budget("exceeded", "5 J", 9.15, 5.0)], budget_failed=True,
             baseline=compared("regression", 1.84, 0.41)),
        test("test_cost_per_prediction", cost(2.04, 10.4, runs=63), outcome="failed",
             budgets=[budget("exceeded", "20 mJ per 1000 predictions", 0.102, 0.02, runs=63,
                             unit="J per 1000 predictions")], budget_failed=True,
             units={"prediction": 1000}, model="forest", **model),
        test("test_cost_per_prediction[logistic]", cost(0.4, 2.0, runs=20),
             units={"prediction": 1000}, model="logistic", **model,
             budgets=[budget("ok", "5 J", 2.4, 5.0)]),
        test("test_cost_per_prediction[gboost]", cost(0.9, 4.1, runs=20),
             units={"prediction": 1000}, model="gboost", **model,
             budgets=[budget("inconclusive", "5 J", 5.0, 5.0)]),
        test("test_fit_reaches_accuracy[gboost]", cost(1.72, 8.7),
             baseline=compared("improved", 2.5, -0.31)),
        test("test_forgot_to_count", cost(0.1, 0.3), budgets=[
            budget("unmeasured", "1 mJ per prediction", None, 1e-3, unit="J per prediction",
                   reason="no predictions were counted with carbon.count(predictions=...)")]),
        test("test_hosted_model", None,
             unmeasured="hosted API: the provider publishes no energy figures"),
        *(test(f"test_small[{number}]", cost(0.3, 1.7), baseline=compared("ok", 0.3, 0.02))
          for number in range(12)),
    ]  # fmt: skip
    fixtures = [
        FixtureEntry("customers", "session", tests[0].nodeid, "master", cost(6.0, 30.0)),
        *(
            FixtureEntry("fitted_forest", "module", tests[1].nodeid, "master", cost(1.5, 7.8))
            for _ in range(2)
        ),
    ]
    charged = [stage for each in tests for stage in each.stages.values() if stage is not None]
    tests_j = sum(stage.known_j for stage in charged)
    fixtures_j = sum(each.measurement.known_j for each in fixtures)
    parts = [*charged, *(each.measurement for each in fixtures)]
    return reports.report(
        *tests,
        fixtures=fixtures,
        session=SessionInfo(
            "0123456789ab", "2026-03-01T12:00:00+00:00", 6.2, 1, False, 1, [{"label": "h0"}]
        ),
        meters={"cpu": CPU, "gpu": ABSENT, "ram": MEMORY},
        carbon_intensity=WORLD,
        totals=Totals(
            sum(part.cpu_j or 0.0 for part in parts),
            None,
            sum(part.ram_j or 0.0 for part in parts),
            tests_j,
            fixtures_j,
        ),
        budgets=[budget("ok", "500 J", tests_j + fixtures_j, 500.0, source="--scer-budget")],
        baseline=compared("ok", 20.0, 0.03, 0.09),
        findings=[
            Finding("boundary", "operational emissions only; not an SCI score"),
            Finding(
                "constant share",
                "86% of the total is the memory's constant 20 W, which only follows the time",
                severity="hint",
                remedy="--scer-components cpu,gpu leaves it out",
                value=120.0,
                unit="J",
            ),
            Finding(
                "location",
                "the grid is the world's average",
                severity="hint",
                remedy="--scer-country ISO3",
            ),
            Finding("new test", "not in the baseline", [tests[2].nodeid]),
        ],
    )
