"""How the figures of a page were obtained: meters, grid, machine, and what they leave out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pytest_scer.charts.quantities import CALLED
from pytest_scer.core import COMPONENTS, units
from pytest_scer.formats.accuracy import ALL_SOURCES, SCOPE_IN_WORDS, of_meter
from pytest_scer.formats.page.figures import Figure, quantity
from pytest_scer.meters.accuracy import SCOPE, is_known_about
from pytest_scer.meters.base import MeterInfo, Provenance
from pytest_scer.report.caveats import ESTIMATED
from pytest_scer.report.model import Report

MOST: Final = 200
"""How many warnings, and how many tests that were not run, are listed."""

_Named = tuple[str, Figure | str]


def basis(report: Report) -> dict[str, Any]:
    """What the last section of the page shows."""
    return {
        "meters": [_meter(name, report) for name in COMPONENTS],
        "parts": list(_parts(report)),
        "grid": list(_grid(report)),
        "machine": list(_machine(report)),
        "hosts": _hosts(report),
        "scope": [f"{SCOPE_IN_WORDS} ({SCOPE.source})", ALL_SOURCES],
        "warnings": _most(report.warnings),
        "not_run": _most(report.not_run),
        "unused": report.unused_budgets,
    }


def _most(texts: list[str]) -> dict[str, Any]:
    return {"shown": texts[:MOST], "all": len(texts), "more": max(len(texts) - MOST, 0)}


def _meter(name: str, report: Report) -> dict[str, Any]:
    info: MeterInfo = report.meters[name]
    is_absent = info.provenance is Provenance.ABSENT
    has_resolution = info.resolution_s is not None and info.provenance is not Provenance.CONSTANT
    mode = info.tracking_mode
    return {
        "name": CALLED[name],
        "energy": quantity(getattr(report.totals, f"{name}_j"), "J", f"totals.energy_j.{name}"),
        "provenance": info.provenance.value,
        "is_estimate": info.provenance in ESTIMATED,
        "source": "" if is_absent else info.source,
        "whose": "" if mode is None else mode.value,
        "resolution": units.quantity(info.resolution_s, "s") if has_resolution else "",
        "accuracy": of_meter(info) if is_known_about(info) else "",
        "detail": info.detail,
    }


def _parts(report: Report) -> Iterator[_Named]:
    totals = report.totals
    for name in ("tests", "fixtures", "confirming", "overhead"):
        joules = getattr(totals, f"{name}_energy_j")
        if name == "confirming" and not joules:
            continue
        called = {"confirming": "repeats for verdicts"}.get(name, name)
        yield called, quantity(joules, "J", f"totals.{name}_energy_j")
    yield "total", quantity(totals.total_j, "J", "totals.energy_j.total")


def _grid(report: Report) -> Iterator[_Named]:
    grid = report.carbon_intensity
    year = f", {grid.year}" if grid.year else ""
    yield (
        "grid",
        Figure(f"{grid.g_per_kwh:g} gCO2e per kWh", grid.g_per_kwh, "carbon_intensity.g_per_kwh"),
    )
    yield "location", grid.location
    yield "method", f"{grid.method}{year}"
    yield "source", grid.source
    pue_source = f" ({report.pue_source})" if report.pue_source else ""
    yield "PUE", f"{report.pue:g}{pue_source}"
    if report.wue_l_per_kwh is not None:
        yield "WUE", f"{report.wue_l_per_kwh:g} L per kWh"
    if report.embodied is None:
        yield "embodied emissions", "not given: operational emissions only; not an SCI score"
    elif report.embodied_source:
        yield "embodied emissions", report.embodied_source
    if (idle := report.idle) is not None:
        before = f"{units.quantity(idle.power_w, 'W')} over {units.quantity(idle.duration_s, 's')}"
        charged = f"charged to a test: {units.quantity(idle.charged_w, 'W')}"
        yield "idle machine", f"{before} before the first test; {charged}"


def _machine(report: Report) -> Iterator[_Named]:
    machine = report.environment
    yield "CPU", f"{machine.cpu_model}, {machine.logical_cores} logical cores"
    for gpu in machine.gpus:
        yield f"GPU {gpu['index']}", str(gpu["name"])
    yield "memory", f"{machine.ram_gb:.3g} GB"
    yield "system", machine.os
    yield "Python", machine.python
    yield from machine.versions.items()
    yield "session", report.session.id


def _hosts(report: Report) -> list[str]:
    """The hosts of a merged report; a single one is the machine above."""
    hosts = report.session.hosts
    if len(hosts) < 2:
        return []
    return [
        ", ".join(
            filter(
                None,
                (
                    str(host["label"]),
                    str((host.get("environment") or {}).get("cpu_model", "")),
                    str(host.get("started_at", "")),
                ),
            )
        )
        for host in hosts
    ]
