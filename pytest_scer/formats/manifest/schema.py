"""The schema of a manifest's record."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field, TypeAdapter

from pytest_scer.report.schema import EmbodiedComponent, EmbodiedRate, LeftOut, Peer, ProtocolText
from pytest_scer.report.schema.figures import Component, Count, Figure, Missing, Part, Phase, Time
from pytest_scer.report.schema.session import CarbonIntensity, Meters

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Unit(Part):
    name: str
    per: Annotated[Figure, Field(gt=0)]


class Record(Part):
    model: str
    category: str | None
    phase: Phase | None
    unit: Unit
    units: Annotated[Figure, Field(gt=0)]
    runs: Count
    runs_kwh: Missing
    tests: list[str]
    hardware: list[str]
    components_kwh: dict[Component, Figure]
    uncertainty_kwh: Missing
    measured_s: Figure
    meters: Meters
    codecarbon: str
    grid: CarbonIntensity
    pue: Annotated[Figure, Field(ge=1)]
    pue_source: str | None
    embodied: list[EmbodiedRate | EmbodiedComponent] | None
    embodied_source: str | None
    gpu_not_measured: bool
    unmeasured: Count
    left_out: list[LeftOut]
    protocol: ProtocolText | None
    scale: str | dict[str, Any]
    candidate: Peer
    peers: list[Peer]
    peers_chosen: bool
    session: str
    started_at: Time
    session_s: Figure
    commit: str | None
    generator: str
    report_sha256: Sha256 | None
    stated_afterwards: dict[str, str]


RECORD: Final[TypeAdapter[Record]] = TypeAdapter(Record)
"""Validates a record."""
