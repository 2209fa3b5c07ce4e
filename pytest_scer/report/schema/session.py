"""The session of a report: its environment, meters and totals."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import NotRequired

from pytest_scer.report.schema.figures import (
    MOST,
    Count,
    Derived,
    Figure,
    Missing,
    Part,
    Signed,
    Time,
)


class Generator(Part):
    name: str
    version: str


class HostEnvironment(Part):
    cpu_model: str
    logical_cores: Count
    gpus: list[Gpu]
    ram_gb: Figure


class Host(Part):
    label: str
    session: NotRequired[Annotated[str, Field(description="the shard that it comes from")]]
    environment: NotRequired[HostEnvironment]
    meters: NotRequired[HostMeters]


class HostMeters(Part):
    cpu: str
    gpu: str
    ram: str


class Session(Part):
    id: str
    started_at: Annotated[Time, Field(description="UTC, ISO 8601")]
    duration_s: Annotated[Figure, Field(description="from the first to the last reading")]
    exit_status: Annotated[int, Field(ge=-MOST, le=MOST)] | None
    interrupted: bool
    workers: Count
    hosts: list[Host]
    commit: NotRequired[Annotated[str | None, Field(description="of the tests; null if unknown")]]
    branch: NotRequired[Annotated[str | None, Field(description="of that commit; null if unknown")]]


class Cpu(Part):
    model: str
    logical_cores: Count


class Gpu(Part):
    index: Count
    name: str


class Environment(Part):
    os: str
    python: str
    cpu: Cpu
    gpus: list[Gpu]
    ram_gb: Figure
    versions: dict[str, str]


class Accuracy(Part):
    low: Annotated[
        Signed, Field(ge=-1, description="the lowest relative error: (reported - true) / true")
    ]
    high: Annotated[Signed, Field(gt=-1, description="the highest relative error")]
    evidence: Literal["compared", "judgement"]
    source: str


class Meter(Part):
    source: str
    provenance: Literal["measured", "modelled", "constant", "simulated", "absent"]
    tracking_mode: Literal["machine", "process"] | None
    resolution_s: Missing
    detail: str
    accuracy: NotRequired[Annotated[Accuracy | None, Field(description="against a wattmeter")]]
    watts: NotRequired[
        Annotated[
            Missing,
            Field(description="what an estimate assumes: of a busy hardware thread, or of memory"),
        ]
    ]


class Meters(Part):
    cpu: Meter
    gpu: Meter
    ram: Meter


class CarbonIntensity(Part):
    g_per_kwh: Figure
    location: str
    source: str
    method: str
    year: Count | None


class Energy(Part):
    cpu: Missing
    gpu: Missing
    ram: Missing
    total: Annotated[Missing, Field(description="sum of the components that are not absent")]


class Idle(Part):
    duration_s: Figure
    power_w: Figure
    charged_w: Annotated[
        Signed,
        Field(
            description="the part of power_w that a test that does nothing is charged: its "
            "worker's "
            "share"
        ),
    ]
    constant_w: NotRequired[
        Annotated[Signed, Field(description="the constant power of memory within charged_w")]
    ]
    start_s: NotRequired[
        Annotated[Signed | None, Field(description="in seconds since session.started_at")]
    ]


class Range(Part):
    low: Figure
    high: Figure


class Totals(Part):
    energy_j: Energy
    plausible_j: NotRequired[
        Annotated[
            Range | None,
            Field(
                description="where the true total lies, given how accurate the meters are; "
                "null where "
                "that has no bound"
            ),
        ]
    ]
    co2e_g: Derived
    embodied_co2e_g: Derived
    water_l: Derived
    tests_energy_j: Figure
    fixtures_energy_j: Figure
    confirming_energy_j: NotRequired[
        Annotated[
            Figure, Field(description="the gate: tests measured again, and its reference workload")
        ]
    ]
    overhead_energy_j: Annotated[
        Signed | None,
        Field(
            description="energy_j.total less tests, fixtures and the gate: collection, "
            "plugins, idle, "
            "other_cores"
        ),
    ]
