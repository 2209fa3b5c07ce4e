"""The first two lines of a report: whether something is wrong, and how much it was."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator

from pytest_scer.core import units
from pytest_scer.core.units import counted
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.model import BudgetEntry, Report


def all_budgets(report: Report) -> Iterator[BudgetEntry]:
    """Yield the budgets of the session, and those of the last attempt of each test."""
    yield from report.budgets
    for test in last_attempts(report.tests):
        yield from test.budgets


def verdict(report: Report) -> tuple[str, str]:
    """The verdict in words, and its style: ``bad``, ``doubtful`` or ``good``."""
    budgets = Counter(budget.verdict for budget in all_budgets(report))
    compared = Counter(
        test.baseline.verdict for test in last_attempts(report.tests) if test.baseline is not None
    )
    session = None if report.baseline is None else report.baseline.verdict
    parts = [*_worst(budgets, compared, session), *_rest(budgets, compared, session)]
    if not parts:
        measured = sum(test.measurement is not None for test in report.tests)
        parts.append(
            f"{counted(measured, 'test')} measured" if measured else "no test was measured"
        )
    if report.not_run:
        parts.append(f"{counted(len(report.not_run), 'test')} not run")
    whole = "; ".join(parts)
    if report.session.interrupted:
        whole = f"interrupted: {whole}"
    return whole, _style(report, {*budgets, *compared, session})


def _worst(budgets: Counter[str], compared: Counter[str], session: str | None) -> Iterator[str]:
    """Yield what is wrong."""
    if budgets["exceeded"]:
        yield f"{budgets['exceeded']:,} of {counted(budgets.total(), 'budget')} EXCEEDED"
    if compared["regression"]:
        comparable = compared.total() - compared["unmeasured"]
        yield f"{compared['regression']:,} of {counted(comparable, 'test')} REGRESSED"
    elif session == "regression":
        yield "the session as a whole REGRESSED"


def _rest(budgets: Counter[str], compared: Counter[str], session: str | None) -> Iterator[str]:
    """Yield what is in order, and what could not be decided."""
    if said := _other_budgets(budgets):
        yield said
    comparable = compared.total() - compared["unmeasured"]
    if comparable and not compared["regression"] and session != "regression":
        yield f"no regression in {counted(comparable, 'test')}"
    elif session is not None and not comparable:
        yield "not comparable with the baseline"


def _other_budgets(verdicts: Counter[str]) -> str:
    """The budgets that were met or could not be decided, as in ``1 of 2 budgets met, 1 ...``."""
    total, met = verdicts.total(), verdicts["ok"]
    words = {"unmeasured": "not checked", "inconclusive": "inconclusive"}
    found = (f"{verdicts[key]:,} {word}" for key, word in words.items() if verdicts[key])
    undecided = ", ".join(found)
    if not total or verdicts["exceeded"]:
        return undecided
    if met == total:
        few = {1: "the budget is met", 2: "both budgets met"}
        return few.get(total, f"all {total:,} budgets met")
    if total == 1:
        was_checked = verdicts["inconclusive"] > 0
        return f"the budget {'is inconclusive' if was_checked else 'could not be checked'}"
    if met:
        return f"{met:,} of {counted(total, 'budget')} met, {undecided}"
    return f"{counted(total, 'budget')}: {undecided}"


def _style(report: Report, verdicts: Iterable[str | None]) -> str:
    if not {"exceeded", "regression"}.isdisjoint(verdicts):
        return "bad"
    doubtful = {"unmeasured", "inconclusive"}.intersection(verdicts)
    return "doubtful" if doubtful or report.session.interrupted else "good"


def total(report: Report) -> str:
    """The total with the grid's place and the duration."""
    total_j = report.totals.total_j
    duration = units.quantity(report.session.duration_s, "s", digits=2)
    if (hosts := len(report.session.hosts)) > 1:
        duration += f" on {hosts} hosts"
    if total_j is None or math.isnan(total_j):
        return f"no total: no component has a figure; {duration}"
    shown = report.digits
    joules = units.quantity(total_j, "J", digits=shown)
    grams = units.quantity(report.conversion.grams(total_j), "g", suffix=" CO2e", digits=shown)
    embodied_g = report.embodied_co2e_g
    embodied = (
        f", embodied {units.quantity(embodied_g, 'g', suffix=' CO2e', digits=2)}"
        if embodied_g is not None
        else ""
    )
    about = "about " if shown == 2 else ""
    grid = report.carbon_intensity
    place = f"{grid.location}, live" if grid.is_live else grid.location
    return f"{about}{joules}, {grams} ({place}){embodied} in {duration}"


def parts(report: Report, least: float = 0.005) -> str:
    """Which parts the total has, without those of a smaller share than the least."""
    totals, total_j = report.totals, report.totals.total_j
    known = {
        "tests": totals.tests_energy_j,
        "fixtures": totals.fixtures_energy_j,
        "gate": totals.confirming_energy_j,
        "overhead": totals.overhead_energy_j,
    }
    shares = {
        name: joules / total_j
        for name, joules in known.items()
        if joules is not None and total_j and math.isfinite(joules / total_j)
    }
    return ", ".join(f"{name} {share:.0%}" for name, share in shares.items() if share >= least)
