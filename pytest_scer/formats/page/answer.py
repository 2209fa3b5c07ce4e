"""The answer that a page opens with: the verdict, the total, and how far it may be off."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, Final

from pytest_scer.charts.quantities import CALLED, percent
from pytest_scer.core import COMPONENTS, units
from pytest_scer.core.measurement import water_l
from pytest_scer.formats.page.figures import Figure, quantity
from pytest_scer.formats.terminal import foot, headline
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.meters.base import Provenance
from pytest_scer.report.caveats import ESTIMATED
from pytest_scer.report.model import Report
from pytest_scer.scoring.sci import OPERATIONAL_ONLY

_COMMIT: Final = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28}\b")
"""A commit, of which the first digits say enough."""


@dataclass(frozen=True)
class Fact:
    """A figure with its name, and what a reader must know about it."""

    name: str
    figure: Figure
    note: str = ""
    state: str = ""


def answer(report: Report) -> dict[str, Any]:
    """What the first card of the page shows."""
    verdict, state = headline.verdict(report)
    boundary = OPERATIONAL_ONLY if report.embodied is None else None
    return {
        "verdict": verdict,
        "state": state,
        "total": headline.total(report),
        "parts": headline.parts(report),
        "facts": list(_facts(report)),
        "said": [each for each in (foot.bases(report), foot.true_total(report), boundary) if each],
        "session": list(_session(report)),
    }


def _facts(report: Report) -> Iterator[Fact]:
    total_j = report.totals.total_j
    yield Fact(
        "Energy", quantity(total_j, "J", "totals.energy_j.total", report.digits), _range(report)
    )
    yield _emissions(report, total_j)
    estimated = estimated_share(report)
    if estimated is not None:
        yield Fact("Estimated", Figure(percent(estimated), estimated), _basis(report, estimated))
    if report.baseline is not None:
        yield _change(report)
    if (embodied_g := report.embodied_co2e_g) is not None:
        figure = quantity(embodied_g, "g", "totals.embodied_co2e_g", 2)
        yield Fact("Embodied CO2e", figure, report.embodied_source or "")
    if total_j is not None and report.wue_l_per_kwh is not None:
        litres = water_l(total_j, report.wue_l_per_kwh)
        yield Fact("Water", quantity(litres, "L", "totals.water_l", report.digits))
    yield _duration(report)


def _range(report: Report) -> str:
    plausible = report.plausible_j
    if plausible is None:
        return "how far this may be off is unknown"
    low, high = (units.quantity(each, "J", digits=2) for each in plausible)
    return f"the true figure is probably between {low} and {high}"


def _emissions(report: Report, total_j: float | None) -> Fact:
    grid = report.carbon_intensity
    grams = None if total_j is None else report.conversion.grams(total_j)
    place = f"{grid.location}, live" if grid.is_live else grid.location
    pue = f", PUE {report.pue:g}" if report.pue != 1 else ""
    figure = quantity(grams, "g", "totals.co2e_g", report.digits)
    return Fact("CO2e", figure, f"{grid.g_per_kwh:g} g per kWh ({place}){pue}")


def estimated_share(report: Report) -> float | None:
    """The share of the session's energy that is modelled or constant; None without a total."""
    total_j = report.totals.total_j
    if not total_j or not math.isfinite(total_j):
        return None
    return (
        math.fsum(
            getattr(report.totals, f"{name}_j") or 0.0
            for name in COMPONENTS
            if report.meters[name].provenance in ESTIMATED
        )
        / total_j
    )


def _basis(report: Report, estimated: float) -> str:
    """What the share estimated means, and what it says nothing about."""
    used = [name for name in COMPONENTS if report.meters[name].provenance is not Provenance.ABSENT]
    how = {report.meters[name].provenance for name in used}
    notes = ["modelled or constant, not measured"] if estimated else []
    if Provenance.SIMULATED in how:
        notes.append("the meter is simulated")
    missing = [CALLED[name] for name in used if getattr(report.totals, f"{name}_j") is None]
    if missing:
        notes.append(f"no figure for: {', '.join(missing)}")
    if how == {Provenance.MEASURED} and not missing:
        notes.append("every component is measured")
    return "; ".join(notes)


def _change(report: Report) -> Fact:
    entry = report.baseline
    assert entry is not None
    if entry.change is None or entry.noise is None:
        return Fact("Against the baseline", Figure("-"), entry.reason or "")
    state = {"regression": "bad", "improved": "good", "inconclusive": "doubtful"}
    return Fact(
        "Against the baseline",
        Figure(f"{entry.change:+.0%}", entry.change, "baseline.change"),
        f"±{entry.noise:.0%}, {entry.verdict}; limit {entry.threshold:.0%}",
        state.get(entry.verdict, ""),
    )


def _duration(report: Report) -> Fact:
    session = report.session
    tests = units.counted(len(report.tests), "test")
    workers = f", {units.counted(session.workers, 'worker')}" if session.workers else ""
    hosts = f", {len(session.hosts)} hosts" if len(session.hosts) > 1 else ""
    figure = quantity(session.duration_s, "s", "session.duration_s", 2)
    return Fact("Duration", figure, f"{tests}{workers}{hosts}")


def _session(report: Report) -> Iterator[str]:
    session = report.session
    yield f"{session.started_at.replace('T', ' ').partition('.')[0].partition('+')[0]} UTC"
    if session.branch:
        yield f"branch {session.branch}"
    if session.commit:
        yield "commit " + _COMMIT.sub(r"\1", session.commit)
    if session.exit_status is not None:
        yield f"exit status {session.exit_status}"
    if report.meters and all(
        each.provenance in (Provenance.SIMULATED, Provenance.ABSENT)
        for each in report.meters.values()
    ):
        yield "simulated meter"
