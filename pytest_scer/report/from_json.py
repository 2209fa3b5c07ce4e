"""Build a report from JSON that fits the schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_scer.core.intensity import CarbonIntensity
from pytest_scer.meters.base import Accuracy, MeterInfo, Provenance, TrackingMode, absent
from pytest_scer.report.entries_from_json import (
    Json,
    load_baseline,
    load_fixture,
    load_test,
)
from pytest_scer.report.model import (
    BudgetEntry,
    Environment,
    Finding,
    Idle,
    Report,
    SessionInfo,
    Totals,
)
from pytest_scer.report.records import record
from pytest_scer.scoring.peers import ComponentBasis, Peer
from pytest_scer.scoring.protocols import Protocol
from pytest_scer.scoring.scales import scale_from_json
from pytest_scer.scoring.sci import Embodied, EmbodiedComponent, EmbodiedRate


def absent_components(report: Report) -> set[str]:
    """The components that the session did not have."""
    return set(absent(report.meters))


def load_meter(data: Json) -> MeterInfo:
    """Read how a component is metered."""
    mode = data["tracking_mode"]
    return MeterInfo(
        data["source"],
        Provenance(data["provenance"]),
        None if mode is None else TrackingMode(mode),
        data["resolution_s"],
        data["detail"],
        accuracy=None if data.get("accuracy") is None else record(Accuracy, data["accuracy"]),
        watts=data.get("watts"),
    )


def _load_finding(data: Json) -> Finding:
    """Read a finding; earlier releases named one test at most."""
    nodeid = data.get("nodeid")
    return record(Finding, {"nodeids": [] if nodeid is None else [nodeid], **data})


def load_embodied(parts: list[Json] | None) -> Embodied | None:
    """Read embodied emissions; None if there are none."""
    if parts is None:
        return None
    return Embodied(
        tuple(
            record(EmbodiedRate, part) if "g_per_h" in part else record(EmbodiedComponent, part)
            for part in parts
        )
    )


def load_peer(data: Json) -> Peer:
    """Read a peer; those of earlier releases state less about how they were measured."""
    components = data.get("components")
    if components is not None:
        components = tuple(record(ComponentBasis, each) for each in components)
    return record(Peer, {**data, "components": components})


def load_report(data: Mapping[str, Any]) -> Report:
    """Build a report from JSON that fits the schema."""
    meters = {name: load_meter(info) for name, info in data["meters"].items()}
    lacking = absent(meters)
    environment, totals = data["environment"], data["totals"]
    return Report(
        session=record(SessionInfo, data["session"]),
        environment=Environment(
            os=environment["os"],
            python=environment["python"],
            cpu_model=environment["cpu"]["model"],
            logical_cores=environment["cpu"]["logical_cores"],
            gpus=environment["gpus"],
            ram_gb=environment["ram_gb"],
            versions=environment["versions"],
        ),
        meters=meters,
        carbon_intensity=record(CarbonIntensity, data["carbon_intensity"]),
        pue=data["pue"],
        pue_source=data.get("pue_source"),
        wue_l_per_kwh=data["wue_l_per_kwh"],
        totals=Totals(
            cpu_j=totals["energy_j"]["cpu"],
            gpu_j=totals["energy_j"]["gpu"],
            ram_j=totals["energy_j"]["ram"],
            tests_energy_j=totals["tests_energy_j"],
            fixtures_energy_j=totals["fixtures_energy_j"],
            confirming_energy_j=totals.get("confirming_energy_j", 0.0),
        ),
        confirming_energy_j=totals.get("confirming_energy_j", 0.0),
        tests=[load_test(test, lacking) for test in data["tests"]],
        embodied=load_embodied(data.get("embodied")),
        embodied_source=data.get("embodied_source"),
        scale=scale_from_json(data.get("scale", "scer")),
        peers=None if data.get("peers") is None else tuple(load_peer(row) for row in data["peers"]),
        protocols=tuple(record(Protocol, row) for row in data.get("protocols", ())),
        idle=None if data.get("idle") is None else record(Idle, data["idle"]),
        not_run=list(data["not_run"]),
        fixtures=[load_fixture(fixture, lacking) for fixture in data["fixtures"]],
        budgets=[record(BudgetEntry, budget) for budget in data["budgets"]],
        baseline=load_baseline(data.get("baseline")),
        unused_budgets=list(data.get("unused_budgets", ())),
        findings=[_load_finding(finding) for finding in data["findings"]],
        warnings=list(data["warnings"]),
    )
