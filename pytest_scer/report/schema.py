"""The JSON Schema of the report, and of its parts.

What fits it can be read, added up and printed: no figure is infinite, negative or so large or small
that arithmetic with it overflows, no list of runs is empty, and no component is unknown.

Only this module and :mod:`pytest_scer.report.reading` import pydantic, so that sessions that only
write a report don't load it.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field, Strict, TypeAdapter
from typing_extensions import NotRequired, TypedDict

from pytest_scer.core.budget import Budget

LARGEST: Final = 1e60
"""The largest figure in a report: products of five such figures are finite (IEEE 754)."""
LEAST: Final = 1e-60
"""A figure below this is read as 0: quotients of the others are finite."""
_MOST: Final = 10**9
"""The largest whole number, such as of runs or cores."""


@lru_cache(maxsize=4096)
def _budget(text: str) -> str:
    Budget.parse(text)
    return text


def _time(text: str) -> str:
    datetime.fromisoformat(text)
    return text


def _settled(figure: float) -> float:
    return figure if figure >= LEAST else 0.0


Finite = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Figure = Annotated[float, Field(ge=0, le=LARGEST, allow_inf_nan=False), AfterValidator(_settled)]
Missing = Figure | None
"""A figure, or null if it is missing, never 0."""
Derived = Finite | None
"""What is calculated from figures, and so again after reading; null where one is missing."""
Signed = Annotated[float, Field(ge=-LARGEST, le=LARGEST, allow_inf_nan=False)]
Time = Annotated[str, AfterValidator(_time)]
Count = Annotated[int, Field(ge=0, le=_MOST)]
Phase = Literal["training", "inference"]
Component = Literal["cpu", "gpu", "ram"]
Verdict = Literal["ok", "exceeded", "inconclusive", "unmeasured"]


class _Part(TypedDict):
    # Releases may add fields within the same schema version, if no meaning changes: a reader
    # ignores those that it does not know. Types are strict: "5" and true are no numbers.
    __pydantic_config__ = ConfigDict(strict=True)  # type: ignore[misc]


class _Generator(_Part):
    name: str
    version: str


class _HostEnvironment(_Part):
    cpu_model: str
    logical_cores: Count
    gpus: list[_Gpu]
    ram_gb: Figure


class _Host(_Part):
    label: str
    session: NotRequired[Annotated[str, Field(description="the shard that it comes from")]]
    environment: NotRequired[_HostEnvironment]
    meters: NotRequired[_HostMeters]


class _HostMeters(_Part):
    cpu: str
    gpu: str
    ram: str


class _Session(_Part):
    id: str
    started_at: Annotated[Time, Field(description="UTC, ISO 8601")]
    duration_s: Annotated[Figure, Field(description="from the first to the last reading")]
    exit_status: Annotated[int, Field(ge=-_MOST, le=_MOST)] | None
    interrupted: bool
    workers: Count
    hosts: list[_Host]


class _Cpu(_Part):
    model: str
    logical_cores: Count


class _Gpu(_Part):
    index: Count
    name: str


class _Environment(_Part):
    os: str
    python: str
    cpu: _Cpu
    gpus: list[_Gpu]
    ram_gb: Figure
    versions: dict[str, str]


class _Accuracy(_Part):
    low: Annotated[
        Signed, Field(ge=-1, description="the lowest relative error: (reported - true) / true")
    ]
    high: Annotated[Signed, Field(gt=-1, description="the highest relative error")]
    evidence: Literal["compared", "judgement"]
    source: str


class _Meter(_Part):
    source: str
    provenance: Literal["measured", "modelled", "constant", "simulated", "absent"]
    tracking_mode: Literal["machine", "process"] | None
    resolution_s: Missing
    detail: str
    accuracy: NotRequired[Annotated[_Accuracy | None, Field(description="against a wattmeter")]]


class _Meters(_Part):
    cpu: _Meter
    gpu: _Meter
    ram: _Meter


class _CarbonIntensity(_Part):
    g_per_kwh: Figure
    location: str
    source: str
    method: str
    year: Count | None


class _Energy(_Part):
    cpu: Missing
    gpu: Missing
    ram: Missing
    total: Annotated[Missing, Field(description="sum of the components that are not absent")]


class _Idle(_Part):
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


class _Range(_Part):
    low: Figure
    high: Figure


class _Totals(_Part):
    energy_j: _Energy
    plausible_j: NotRequired[
        Annotated[
            _Range | None,
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


class _Run(_Part):
    duration_s: Figure
    cpu_time_s: Missing
    energy_j: _Energy


class _Measurement(_Part):
    duration_s: Figure
    cpu_time_s: Missing
    energy_j: Annotated[_Energy, Field(description="IT energy in joules, before PUE")]
    active_energy_j: Annotated[
        Signed | None,
        Field(
            description="energy_j.total minus what doing nothing for duration_s would be "
            "charged: "
            "idle.charged_w, but memory of constant power as it was charged"
        ),
    ]
    power_w: Derived
    co2e_g: Annotated[Derived, Field(description="energy_j.total / 3.6e6 * pue * g_per_kwh")]
    water_l: Annotated[Derived, Field(description="energy_j.total / 3.6e6 * wue_l_per_kwh")]
    uncertainty_j: Annotated[
        Missing,
        Field(description="half-width of the 95 % interval for the mean cost over sessions"),
    ]
    within_session_j: NotRequired[
        Annotated[
            Missing,
            Field(
                description="the part of it that the session shows: meter steps and the spread of "
                "runs"
            ),
        ]
    ]
    contention_j: NotRequired[
        Annotated[
            Figure,
            Field(
                description="what busy neighbours may have added; the interval reaches that much "
                "lower"
            ),
        ]
    ]
    below_resolution: bool
    run_count: Annotated[Count, Field(ge=1)]
    runs: Annotated[list[_Run], Field(min_length=1)] | None


class _Section(_Part):
    name: str
    parent: str | None
    phase: Phase | None
    units: dict[str, Finite]
    measurement: _Measurement


class _Budget(_Part):
    limit: Annotated[str, AfterValidator(_budget)]
    limit_value: Finite
    unit: Annotated[str, Field(pattern=r"^(gCO2e|J|W)( per .+)?$")]
    actual: Signed | None
    uncertainty: Missing
    runs: Count
    verdict: Verdict
    source: str
    reason: str | None
    target: Annotated[
        str | None,
        Field(description="the pattern of a sum of tests; null for a test or the session"),
    ]
    place: NotRequired[Annotated[str | None, Field(description="where it is set, as file:line")]]


class _Baseline(_Part):
    verdict: Literal["ok", "improved", "regression", "inconclusive", "unmeasured"]
    comparable: bool
    reason: Annotated[
        str | None, Field(description="why there is no verdict, or why there are no more runs")
    ]
    against: Annotated[str, Field(description="the baseline: a file, a history, or its anchor")]
    value: Annotated[
        Missing, Field(description="the baseline's joules, of the components compared")
    ]
    actual: Annotated[Missing, Field(description="this session's joules, of the same components")]
    components: list[Component]
    corrected_by: NotRequired[
        Annotated[
            Missing,
            Field(
                description="what actual is multiplied by to correct for machine speed; "
                "null where it is "
                "not corrected"
            ),
        ]
    ]
    depends_on_speed: NotRequired[
        Annotated[bool, Field(description="whether figures are modelled from CPU time")]
    ]
    change: Annotated[
        Signed | None,
        Field(
            description="growth of the corrected figure: 0.4 is 40 %; median of samples "
            "against median "
            "of baseline_samples"
        ),
    ]
    noise: Annotated[
        Missing,
        Field(
            description="how much of change may be noise: a regression has change - noise "
            "> threshold"
        ),
    ]
    detectable: NotRequired[
        Annotated[Missing, Field(description="the smallest growth that is found in 9 of 10 cases")]
    ]
    threshold: Figure
    floor_j: Figure
    method: str
    baseline_samples: Annotated[
        list[Annotated[tuple[Missing, Missing], Strict(strict=False)]],
        Field(
            description="joules of each run of the baseline, and of the reference workload "
            "next to it"
        ),
    ]
    samples: Annotated[
        list[Annotated[tuple[Missing, Missing], Strict(strict=False)]],
        Field(description="the same of this session's runs"),
    ]
    confirmed: Annotated[Count, Field(description="how many times it was measured again")]
    baseline_g_per_kwh: Annotated[
        Figure, Field(description="the intensity used for both CO2e figures")
    ]
    baseline_co2e_g: Missing
    co2e_g: Derived
    baseline_cpu_time_s: Missing
    cpu_time_s: Missing
    notes: list[str]


class _Stages(_Part):
    setup: _Measurement | None
    call: _Measurement | None
    teardown: _Measurement | None


class _Test(_Part):
    nodeid: str
    outcome: Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed"]
    worker: str
    host: str
    attempt: Annotated[Count, Field(ge=1)]
    start_s: NotRequired[
        Annotated[Signed | None, Field(description="in seconds since session.started_at")]
    ]
    phase: Phase | None
    category: str | None
    model: str | None
    unmeasured: str | None
    stages: _Stages
    measurement: Annotated[
        _Measurement | None, Field(description="what the test's budgets are checked against")
    ]
    units: dict[str, Finite]
    sections: list[_Section]
    budgets: list[_Budget]
    baseline: _Baseline | None
    reference_j: NotRequired[
        Annotated[
            Missing,
            Field(
                description="joules of the reference workload next to the test, of the "
                "components compared"
            ),
        ]
    ]
    reference_moved: NotRequired[
        Annotated[
            Missing,
            Field(description="how much these differed before and after the test, as a logarithm"),
        ]
    ]
    other_cores: NotRequired[
        Annotated[
            Missing,
            Field(
                description="the number of cores that other processes kept busy next to the test"
            ),
        ]
    ]
    marks: list[str]
    budget_failed: Annotated[bool, Field(description="the test failed only because of its budget")]


class _Fixture(_Part):
    name: str
    scope: str
    nodeid: Annotated[str, Field(description="the first test that used it")]
    worker: str
    measurement: _Measurement
    defined_in: NotRequired[
        Annotated[
            str | None,
            Field(description="the file or directory that defines it; empty for plugins"),
        ]
    ]
    tests: NotRequired[Annotated[Count | None, Field(description="how many tests used it")]]
    tests_energy_j: NotRequired[
        Annotated[Missing, Field(description="joules of the setups and calls of these tests")]
    ]


class _Letter(_Part):
    letter: Annotated[str | None, Field(description="`A-B` if the uncertainty could change it")]
    scale: str
    n: Annotated[Count, Field(description="how many figures were compared, including this one")]
    reason: Annotated[str | None, Field(description="why there is no letter")]
    notes: list[str]
    percentile: Annotated[
        Missing, Field(description="100 is best; null on scales without percentiles")
    ]
    peers: Annotated[str | None, Field(description="where the peers come from")]
    date: Annotated[str | None, Field(description="when they were measured")]


class _Rating(_Part):
    model: str
    category: str | None
    phase: Phase | None
    unit: str
    score: Derived
    score_text: str | None
    operational_co2e_g: Derived
    embodied_co2e_g: Derived
    caveats: Annotated[
        list[str], Field(description="what a reader must know before relying on the score")
    ]
    uncertainty: Derived
    energy_per_unit_j: Derived
    units_per_kwh: Derived
    units: Derived
    energy_j: Figure
    runs: Count
    duration_s: Figure
    boundary: str
    hardware: list[str]
    tests: Annotated[list[str], Field(description="the tests and sections that count")]
    rating: _Letter


class _Finding(_Part):
    kind: str
    text: str
    nodeids: NotRequired[Annotated[list[str], Field(description="the tests that it is about")]]
    severity: NotRequired[Literal["info", "hint", "warning"]]
    remedy: NotRequired[Annotated[str | None, Field(description="what to do, to be copied")]]
    value: NotRequired[Annotated[Signed | None, Field(description="its figure, in unit")]]
    unit: NotRequired[str | None]


class _EmbodiedRate(_Part):
    g_per_h: Figure


class _EmbodiedComponent(_Part):
    total_g: Figure
    lifespan_h: Figure
    reserved_resources: Figure
    total_resources: Figure
    reserved_h: Missing


class _Peer(_Part):
    model: str
    value: Missing
    unit: str
    category: str | None
    phase: str | None
    boundary: str
    origin: str
    environment: str
    date: str
    uncertainty: Missing


class ReportSchema(_Part):
    """The report of a session, schema version 1."""

    schema_version: Literal[1]
    generator: _Generator
    session: _Session
    environment: _Environment
    meters: _Meters
    carbon_intensity: _CarbonIntensity
    pue: Annotated[Figure, Field(ge=1)]
    wue_l_per_kwh: Missing
    idle: NotRequired[_Idle | None]
    embodied: NotRequired[
        Annotated[
            list[_EmbodiedRate | _EmbodiedComponent] | None,
            Field(description="embodied emissions of the hardware, part by part"),
        ]
    ]
    scale: NotRequired[
        Annotated[
            str | dict[str, Any],
            Field(description="the scale that models are rated on: a name, or the cut-offs"),
        ]
    ]
    peers: NotRequired[
        Annotated[
            list[_Peer] | None,
            Field(description="the peers that models are rated among; null: each other"),
        ]
    ]
    totals: _Totals
    baseline: NotRequired[
        Annotated[_Baseline | None, Field(description="the comparison of the session as a whole")]
    ]
    tests: list[_Test]
    not_run: list[str]
    fixtures: list[_Fixture]
    budgets: list[_Budget]
    unused_budgets: NotRequired[
        Annotated[
            list[str], Field(description="lines of scer_budgets that match none of the tests")
        ]
    ]
    ratings: list[_Rating]
    findings: list[_Finding]
    warnings: list[str]


_Text = Annotated[str, Strict()]
WHOLE: Final[TypeAdapter[ReportSchema]] = TypeAdapter(ReportSchema)
"""Validates a report."""
ROWS: Final[dict[str, TypeAdapter[Any]]] = {
    "test": TypeAdapter(_Test),
    "fixture": TypeAdapter(_Fixture),
    "finding": TypeAdapter(_Finding),
    "warning": TypeAdapter(_Text),
    "collected": TypeAdapter(list[_Text]),
    "totals": TypeAdapter(
        Annotated[tuple[Figure, Missing, Missing, Missing], Strict(strict=False)]
    ),
    "confirming": TypeAdapter(Annotated[Figure, Strict()]),
    "lost": TypeAdapter(Annotated[Count, Strict()]),
}
"""Validate one row of a report, or one line of a journal, by its kind."""


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the report."""
    schema = WHOLE.json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
