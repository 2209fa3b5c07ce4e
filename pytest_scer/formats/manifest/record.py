"""The record of a manifest: the facts as they are written, and how they are read back.

The parts that a report has, too, have the same form in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, cast

from pytest_scer.core import COMPONENTS
from pytest_scer.core.intensity import CarbonIntensity
from pytest_scer.formats.manifest.facts import Facts
from pytest_scer.report.from_json import load_embodied, load_meter, load_peer
from pytest_scer.report.left_out import LeftOut
from pytest_scer.report.records import record
from pytest_scer.report.to_json import dump_meter
from pytest_scer.scoring.functional_unit import FunctionalUnit
from pytest_scer.scoring.peers import Peer
from pytest_scer.scoring.protocols import Protocol
from pytest_scer.scoring.scales import scale_from_json, scale_to_json
from pytest_scer.scoring.sci import Phase

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Record = dict[str, Any]

_AS_THEY_ARE: Final = (
    "model", "category", "phase", "units", "runs", "runs_kwh", "uncertainty_kwh", "measured_s",
    "codecarbon", "pue", "pue_source", "embodied_source", "gpu_not_measured", "unmeasured",
    "peers_chosen", "session", "started_at", "session_s", "commit", "generator", "report_sha256",
)  # fmt: skip


def dump(facts: Facts) -> Record:
    """Return the record of the facts."""
    return {
        **{name: getattr(facts, name) for name in _AS_THEY_ARE},
        "unit": {"name": facts.unit.name, "per": float(facts.unit.per)},
        "tests": list(facts.tests),
        "hardware": list(facts.hardware),
        "components_kwh": {
            c: facts.components_kwh[c] for c in COMPONENTS if c in facts.components_kwh
        },
        "meters": {name: dump_meter(facts.meters[name]) for name in COMPONENTS},
        "grid": asdict(facts.grid),
        "embodied": None
        if facts.embodied is None
        else [asdict(part) for part in facts.embodied.parts],
        "left_out": [asdict(each) for each in facts.left_out],
        "protocol": None if facts.protocol is None else asdict(facts.protocol),
        "scale": scale_to_json(facts.scale),
        "candidate": _peer(facts.candidate),
        "peers": [_peer(peer) for peer in facts.peers],
        "stated_afterwards": dict(facts.afterwards),
    }


def _peer(peer: Peer) -> Record:
    components = peer.components
    listed = None if components is None else [asdict(each) for each in components]
    return {**asdict(peer), "components": listed}


def load(data: Mapping[str, Any]) -> Facts:
    """Read facts from a record that fits the schema.

    Raises:
        ValueError: A part contradicts itself, such as a lifespan of 0.
    """
    return Facts(
        **{name: data[name] for name in _AS_THEY_ARE if name != "phase"},
        phase=cast("Phase | None", data["phase"]),
        unit=FunctionalUnit(data["unit"]["name"], data["unit"]["per"]),
        tests=tuple(data["tests"]),
        hardware=tuple(data["hardware"]),
        components_kwh=dict(data["components_kwh"]),
        meters={name: load_meter(info) for name, info in data["meters"].items()},
        grid=record(CarbonIntensity, data["grid"]),
        embodied=load_embodied(data["embodied"]),
        left_out=tuple(record(LeftOut, each) for each in data["left_out"]),
        protocol=None if data["protocol"] is None else record(Protocol, data["protocol"]),
        scale=scale_from_json(data["scale"]),
        candidate=load_peer(data["candidate"]),
        peers=tuple(map(load_peer, data["peers"])),
        afterwards=dict(data["stated_afterwards"]),
    )


def schema() -> TypeAdapter[Any]:
    """What a record must be; importing pydantic takes long, so only readers do."""
    from pytest_scer.formats.manifest.schema import RECORD

    return RECORD
