from __future__ import annotations

from dataclasses import replace

import pytest
from reports import MEASURED, MODELLED, entry, measured, report

from pytest_scer.findings import tight_budget, unconfirmed
from pytest_scer.meters.base import ABSENT, MeterInfo, Provenance
from pytest_scer.meters.noise import noise_of
from pytest_scer.report.model import BudgetEntry, Report

SIMULATED = MeterInfo("simulated", Provenance.SIMULATED)


def near(info: MeterInfo, share: float, runs: int = 1) -> Report:
    """A figure of 10 J, whose limit is this share of it away, and undecided."""
    limit = 10.0 * (1 + share)
    budget = BudgetEntry(f"{limit} J", limit, "J", 10.0, 5.0, runs, "inconclusive", "x")
    meters = {"cpu": info, "gpu": ABSENT, "ram": info}
    return report(entry(measurement=measured(10.0), budgets=[budget]), meters=meters)


@pytest.mark.parametrize("info", [MODELLED, MEASURED], ids=["modelled", "measured"])
def test_repeats_cannot_remove_the_noise_between_sessions(info: MeterInfo) -> None:
    kept = noise_of({"cpu": info, "gpu": ABSENT, "ram": info}).of(measured(10.0)).kept
    assert 0.1 < kept < 0.3
    for share, decides in ((kept * 1.05, True), (kept * 0.95, False), (-kept * 1.05, True)):
        made = near(info, share)
        assert bool(list(unconfirmed.find(made))) is decides
        assert bool(list(tight_budget.find(made))) is not decides


def test_what_was_repeated_stays_open() -> None:
    for made in (
        near(MODELLED, 0.5, runs=3),
        replace(near(MODELLED, 0.5), confirming_energy_j=1.0),
    ):
        assert not list(unconfirmed.find(made))
        assert list(tight_budget.find(made))


def test_a_figure_that_covers_all_stages_is_not_measured_again() -> None:
    made = near(MODELLED, 0.5)
    made.tests[0].stages["call"] = measured(5.0)
    assert not list(unconfirmed.find(made))


@pytest.mark.parametrize("missing", ["actual", "uncertainty"])
def test_a_budget_without_a_figure_is_neither(missing: str) -> None:
    made = near(MODELLED, 0.1)
    budget = replace(made.tests[0].budgets[0], **{missing: None})  # type: ignore[arg-type]
    made.tests[0].budgets = [budget]
    assert not list(tight_budget.find(made))


def test_repeats_cannot_remove_the_steps_of_the_meter() -> None:
    for share, decides in ((0.25, True), (0.15, False)):
        made = near(SIMULATED, share)
        stepped = replace(measured(10.0), uncertainty_j=2.0)
        made.tests[0].measurement = made.tests[0].stages["call"] = stepped
        assert bool(list(unconfirmed.find(made))) is decides
        assert bool(list(tight_budget.find(made))) is not decides
