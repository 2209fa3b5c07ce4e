"""How the figures of a report were obtained, and what else a reader of all of it wants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pytest_scer.baseline.gate import RULE
from pytest_scer.core import COMPONENTS, units
from pytest_scer.findings.ranking import most_important
from pytest_scer.formats.accuracy import ALL_SOURCES, SCOPE_IN_WORDS, of_meter
from pytest_scer.formats.terminal.headline import counted
from pytest_scer.formats.terminal.screen import Line, Screen
from pytest_scer.meters.accuracy import SCOPE, is_known_about
from pytest_scer.meters.base import MeterInfo, Provenance
from pytest_scer.report.model import Report
from pytest_scer.report.phases import phase_costs


def lines(report: Report, screen: Screen) -> Iterator[Line]:
    """Yield meters, grid, fixtures, findings and the gate's rule, each under its title."""
    for title, texts in parts(report).items():
        yield from _under(
            title, (line for text in texts for line in screen.wrap(f"  {text}")), screen
        )
    seen = most_important(report)
    others = (
        line
        for finding in report.findings
        if finding not in seen and finding.kind != "boundary"
        for line in screen.wrap(f"  {finding.kind}: {_about(finding.nodeids)}{finding.text}")
    )
    yield from _under("findings", others, screen)


def parts(report: Report) -> dict[str, Iterator[str]]:
    """The titles, and the texts below each; a text that is indented belongs to the one above it."""
    return {
        "how it was measured": _how(report),
        "the total": _totals(report),
        "phases": _phases(report),
        "fixtures": _fixtures(report),
        "tests not run": iter(report.not_run),
        "how tests are compared with the baseline": iter(RULE if report.baseline else ()),
    }


def _under(title: str, body: Iterator[Line], screen: Screen) -> Iterator[Line]:
    for number, line in enumerate(body):
        if number == 0:
            yield Line("")
            yield Line(screen.cut(title), "title")
        yield line


def _about(nodeids: list[str]) -> str:
    return "".join(f"{nodeid}: " for nodeid in nodeids)


def _how(report: Report) -> Iterator[str]:
    grid = report.carbon_intensity
    year = f", {grid.year}" if grid.year else ""
    yield f"grid: {grid.g_per_kwh:g} gCO2e per kWh, {grid.location}"
    yield f"  {grid.method}{year}; {grid.source}"
    if report.pue != 1 or report.wue_l_per_kwh is not None:
        wue = f", WUE {report.wue_l_per_kwh:g} L per kWh" if report.wue_l_per_kwh else ""
        yield f"site: PUE {report.pue:g}{wue}"
    if report.idle is not None:
        yield (
            f"idle: {units.quantity(report.idle.power_w, 'W')} over "
            f"{units.quantity(report.idle.duration_s, 's')} before the first test "
            f"(charged to a test: {units.quantity(report.idle.charged_w, 'W')})"
        )
    for component in COMPONENTS:
        yield from _meter(component, report.meters[component])
    yield f"{SCOPE_IN_WORDS} ({SCOPE.source})"
    yield ALL_SOURCES


def _meter(component: str, info: MeterInfo) -> Iterator[str]:
    """Yield how a component is metered, its resolution and its accuracy."""
    if info.provenance is Provenance.ABSENT:
        yield f"{component}: absent"
    else:
        mode = f", {info.tracking_mode.value}" if info.tracking_mode else ""
        yield f"{component}: {info.provenance.value}{mode}: {info.source}"
        if info.resolution_s is not None and info.provenance is not Provenance.CONSTANT:
            yield f"  resolution: {units.quantity(info.resolution_s, 's')}"
    if is_known_about(info):
        yield f"  accuracy: {of_meter(info)}"
    if info.detail:
        yield f"  {info.detail}"


def _totals(report: Report) -> Iterator[str]:
    totals = report.totals
    parts = {
        "tests": totals.tests_energy_j,
        "fixtures": totals.fixtures_energy_j,
        **({"gate": totals.confirming_energy_j} if totals.confirming_energy_j else {}),
        "overhead": totals.overhead_energy_j,
    }
    yield _added(parts)
    components = {name: getattr(totals, f"{name}_j") for name in COMPONENTS}
    present = {name: joules for name, joules in components.items() if joules is not None}
    if present:
        yield f"= {_added(present)}"


def _added(parts: Mapping[str, float | None]) -> str:
    joules = units.in_one_unit(list(parts.values()), "J")
    return " + ".join(f"{name} {each}" for name, each in zip(parts, joules, strict=True))


def _phases(report: Report) -> Iterator[str]:
    """Yield training and inference separately, as scores count them."""
    for phase, cost in sorted(phase_costs(report).items(), reverse=True):
        co2e = units.quantity(report.conversion.grams(cost.energy_j), "g", suffix="CO2e")
        left_out = f"; left out: {counted(len(cost.unmeasured), 'test')}" if cost.unmeasured else ""
        yield f"{phase}: {units.quantity(cost.energy_j, 'J')}, {co2e}{left_out}"


def _fixtures(report: Report) -> Iterator[str]:
    for fixture in report.fixtures:
        measured = fixture.measurement
        yield (
            f"{fixture.name} ({fixture.scope}): {units.quantity(measured.known_j, 'J')} in "
            f"{units.quantity(measured.duration_s, 's')}, first used by {fixture.nodeid}"
        )
