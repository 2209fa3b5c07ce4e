"""What can be measured on a machine, and what to do about the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pytest_scer.core import units
from pytest_scer.core.intensity import CarbonIntensity
from pytest_scer.formats.accuracy import ALL_SOURCES, SCOPE_IN_WORDS, of_meter
from pytest_scer.formats.terminal.screen import Line, Screen
from pytest_scer.meters.accuracy import SCOPE, is_known_about
from pytest_scer.meters.base import MeterInfo, Provenance
from pytest_scer.meters.diagnosis import Advice, advise

_STYLES = {Provenance.MEASURED: "good", Provenance.ABSENT: "doubtful"}


def text(
    machine: str,
    infos: Mapping[str, MeterInfo],
    grid: CarbonIntensity,
    screen: Screen,
    *,
    place_is_set: bool,
) -> Iterator[Line]:
    """Yield the machine, each component with its meter and a remedy, and the grid.

    Args:
        machine: What is measured, and with what.
        infos: The meter of each component.
        grid: The grid that sessions here use.
        screen: Where it is printed.
        place_is_set: Whether the user said where the electricity comes from.
    """
    advice = advise(infos)
    yield from screen.wrap(machine, "title")
    for name, info in infos.items():
        yield Line("")
        yield Line(f"{name}: {info.provenance.value}", _STYLES.get(info.provenance, ""))
        for said in _component(info, advice.get(name)):
            yield from screen.wrap(f"  {said}")
    yield Line("")
    yield from screen.wrap(SCOPE_IN_WORDS)
    yield from screen.wrap(f"  source: {SCOPE.source}")
    yield Line("")
    year = f", data of {grid.year}" if grid.year else ""
    yield from screen.wrap(
        f"grid: {grid.g_per_kwh:g} gCO2e per kWh, {grid.location} ({grid.source}{year})"
    )
    if not place_is_set:
        yield from screen.wrap(
            "  remedy: set --scer-country ISO3, --scer-cloud or --scer-intensity"
        )
    yield Line("")
    yield from screen.wrap(ALL_SOURCES)


def _component(info: MeterInfo, advice: Advice | None) -> Iterator[str]:
    if info.resolution_s is not None:
        mode = f", {info.tracking_mode.value}" if info.tracking_mode else ""
        yield f"source: {info.source}{mode}"
        yield f"resolution: {units.quantity(info.resolution_s, 's', digits=2)}"
    if info.detail:
        yield f"detail: {info.detail}"
    if is_known_about(info):
        yield f"accuracy: {of_meter(info)}"
    if advice is not None:
        yield f"why: {advice.reason}"
        if advice.remedy:
            yield f"remedy: {advice.remedy}"
