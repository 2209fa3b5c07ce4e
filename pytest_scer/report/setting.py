"""How and where the scores of a report were measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from pytest_scer.core import COMPONENTS
from pytest_scer.meters.base import Provenance
from pytest_scer.report.model import DIFFERS, Report
from pytest_scer.scoring.peers import ComponentBasis, Setting
from pytest_scer.scoring.scores import ModelScore


def setting_of(report: Report, score: ModelScore, origin: str) -> Setting:
    """Return how and where a score was measured.

    Args:
        report: The report.
        score: The score.
        origin: What to call the report among the peers.
    """
    grid = report.carbon_intensity
    return Setting(
        origin=origin,
        environment=" + ".join(hardware(report, score.hosts)),
        date=report.session.started_at[:10],
        components=tuple(_bases(report, score.hosts)),
        g_per_kwh=grid.g_per_kwh,
        place=grid.location,
        pue=report.pue,
    )


def hardware(report: Report, hosts: Iterable[str]) -> tuple[str, ...]:
    """Describe the machines of these hosts, without duplicates."""
    described = {
        host["label"]: host["environment"] for host in report.session.hosts if "environment" in host
    }
    environments = [described[label] for label in hosts if label in described]
    return tuple(dict.fromkeys(map(_machine, environments or [asdict(report.environment)])))


def _machine(environment: Mapping[str, Any]) -> str:
    gpus = [str(gpu["name"]) for gpu in environment["gpus"]]
    cpu = environment["cpu_model"] or "unknown CPU"
    threads = f"{cpu}, {environment['logical_cores']} threads"
    return ", ".join([threads, *gpus, f"{environment['ram_gb']:g} GB RAM"])


def _bases(report: Report, hosts: Iterable[str]) -> Iterator[ComponentBasis]:
    """Yield how each component was metered on these hosts, of a merged report or not."""
    metered = {host["label"]: host["meters"] for host in report.session.hosts if "meters" in host}
    of_hosts = [metered[label] for label in hosts if label in metered]
    for name in COMPONENTS:
        info = report.meters[name]
        stated = sorted({str(each.get(name)) for each in of_hosts} - {"None"})
        if stated and info.source == DIFFERS:
            provenance, _, source = " | ".join(stated).partition(": ")
            if provenance != Provenance.ABSENT.value:
                yield ComponentBasis(name, provenance, source=source)
        elif info.provenance is not Provenance.ABSENT:
            mode = None if info.tracking_mode is None else info.tracking_mode.value
            yield ComponentBasis(name, info.provenance.value, mode, info.watts, info.source)
