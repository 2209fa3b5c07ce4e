"""The JSON Schema of the report.

Only this module imports pydantic's models, so that sessions that only write a report don't load
them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Figure = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Missing = Figure | None
"""A figure, or null if it is missing, never 0."""
Phase = Literal["training", "inference"]
Verdict = Literal["ok", "exceeded", "inconclusive", "unmeasured"]


class _Part(BaseModel):
    # Releases may add fields within the same schema version, if no meaning changes.
    model_config = ConfigDict(extra="allow")


class _Generator(_Part):
    name: str
    version: str


class _Host(_Part):
    label: str


class _Session(_Part):
    id: str
    started_at: str = Field(description="UTC, ISO 8601")
    duration_s: Figure = Field(description="from the first to the last reading")
    exit_status: int | None
    interrupted: bool
    workers: int
    hosts: list[_Host]


class _Cpu(_Part):
    model: str
    logical_cores: int


class _Gpu(_Part):
    index: int
    name: str


class _Environment(_Part):
    os: str
    python: str
    cpu: _Cpu
    gpus: list[_Gpu]
    ram_gb: Figure
    versions: dict[str, str]


class _Accuracy(_Part):
    low: float = Field(ge=-1, description="the lowest relative error: (reported - true) / true")
    high: float = Field(description="the highest relative error")
    evidence: Literal["compared", "judgement"]
    source: str


class _Meter(_Part):
    source: str
    provenance: Literal["measured", "modelled", "constant", "simulated", "absent"]
    tracking_mode: Literal["machine", "process"] | None
    resolution_s: Missing
    detail: str
    accuracy: _Accuracy | None = Field(default=None, description="against a wattmeter")


class _Meters(_Part):
    cpu: _Meter
    gpu: _Meter
    ram: _Meter


class _CarbonIntensity(_Part):
    g_per_kwh: Figure
    location: str
    source: str
    method: str
    year: int | None


class _Energy(_Part):
    cpu: Missing
    gpu: Missing
    ram: Missing
    total: Missing = Field(description="sum of the components that are not absent")


class _Idle(_Part):
    duration_s: Figure
    power_w: Figure
    charged_w: float = Field(
        description="the part of power_w that a test that does nothing is charged: its worker's "
        "share"
    )
    constant_w: float = Field(0.0, description="the constant power of memory within charged_w")


class _Range(_Part):
    low: Figure
    high: Figure


class _Totals(_Part):
    energy_j: _Energy
    plausible_j: _Range | None = Field(
        default=None,
        description="where the true total lies, given how accurate the meters are; null where "
        "that has no bound",
    )
    co2e_g: Missing
    embodied_co2e_g: Missing
    water_l: Missing
    tests_energy_j: Figure
    fixtures_energy_j: Figure
    confirming_energy_j: Figure = Field(
        default=0.0, description="the gate: tests measured again, and its reference workload"
    )
    overhead_energy_j: float | None = Field(
        description="energy_j.total less tests, fixtures and the gate: collection, plugins, idle, "
        "other_cores"
    )


class _Run(_Part):
    duration_s: Figure
    cpu_time_s: Missing
    energy_j: _Energy


class _Measurement(_Part):
    duration_s: Figure
    cpu_time_s: Missing
    energy_j: _Energy = Field(description="IT energy in joules, before PUE")
    active_energy_j: float | None = Field(
        description="energy_j.total minus what doing nothing for duration_s would be charged: "
        "idle.charged_w, but memory of constant power as it was charged"
    )
    power_w: Missing
    co2e_g: Missing = Field(description="energy_j.total / 3.6e6 * pue * g_per_kwh")
    water_l: Missing = Field(description="energy_j.total / 3.6e6 * wue_l_per_kwh")
    uncertainty_j: Missing = Field(
        description="half-width of the 95 % interval for the mean cost over sessions"
    )
    within_session_j: Missing = Field(
        default=None,
        description="the part of it that the session shows: meter steps and the spread of runs",
    )
    contention_j: Figure = Field(
        default=0.0,
        description="what busy neighbours may have added; the interval reaches that much lower",
    )
    below_resolution: bool
    run_count: int
    runs: list[_Run] | None


class _Section(_Part):
    name: str
    parent: str | None
    phase: Phase | None
    units: dict[str, Figure]
    measurement: _Measurement


class _Budget(_Part):
    limit: str
    limit_value: Figure
    unit: str
    actual: float | None
    uncertainty: Missing
    runs: int
    verdict: Verdict
    source: str
    reason: str | None
    target: str | None = Field(
        description="the pattern of a sum of tests; null for a test or the session"
    )
    place: str | None = Field(default=None, description="where it is set, as file:line")


class _Baseline(_Part):
    verdict: Literal["ok", "improved", "regression", "inconclusive", "unmeasured"]
    comparable: bool
    reason: str | None = Field(description="why there is no verdict, or why there are no more runs")
    against: str = Field(description="the baseline: a file, a history, or its anchor")
    value: Missing = Field(description="the baseline's joules, of the components compared")
    actual: Missing = Field(description="this session's joules, of the same components")
    components: list[str]
    corrected_by: Missing = Field(
        default=None,
        description="what actual is multiplied by to correct for machine speed; null where it is "
        "not corrected",
    )
    depends_on_speed: bool = Field(
        default=False, description="whether figures are modelled from CPU time"
    )
    change: float | None = Field(
        description="growth of the corrected figure: 0.4 is 40 %; median of samples against median "
        "of baseline_samples"
    )
    noise: Missing = Field(
        description="how much of change may be noise: a regression has change - noise > threshold"
    )
    detectable: Missing = Field(
        default=None, description="the smallest growth that is found in 9 of 10 cases"
    )
    threshold: Figure
    floor_j: float = Field(ge=0)
    method: str
    baseline_samples: list[tuple[Missing, Missing]] = Field(
        description="joules of each run of the baseline, and of the reference workload next to it"
    )
    samples: list[tuple[Missing, Missing]] = Field(description="the same of this session's runs")
    confirmed: int = Field(ge=0, description="how many times it was measured again")
    baseline_g_per_kwh: Figure = Field(description="the intensity used for both CO2e figures")
    baseline_co2e_g: Missing
    co2e_g: Missing
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
    attempt: int = Field(ge=1)
    start_s: float | None = Field(default=None, description="in seconds since session.started_at")
    phase: Phase | None
    category: str | None
    model: str | None
    unmeasured: str | None
    stages: _Stages
    measurement: _Measurement | None = Field(
        description="what the test's budgets are checked against"
    )
    units: dict[str, Figure]
    sections: list[_Section]
    budgets: list[_Budget]
    baseline: _Baseline | None
    reference_j: Missing = Field(
        default=None,
        description="joules of the reference workload next to the test, of the components compared",
    )
    reference_moved: Missing = Field(
        default=None,
        description="how much these differed before and after the test, as a logarithm",
    )
    other_cores: Missing = Field(
        default=None,
        description="the number of cores that other processes kept busy next to the test",
    )
    marks: list[str]
    budget_failed: bool = Field(description="the test failed only because of its budget")


class _Fixture(_Part):
    name: str
    scope: str
    nodeid: str = Field(description="the first test that used it")
    worker: str
    measurement: _Measurement
    defined_in: str | None = Field(
        default=None, description="the file or directory that defines it; empty for plugins"
    )
    tests: int | None = Field(default=None, description="how many tests used it")
    tests_energy_j: Missing = Field(
        default=None, description="joules of the setups and calls of these tests"
    )


class _Letter(_Part):
    letter: str | None = Field(description="`A-B` if the uncertainty could change it")
    scale: str
    n: int = Field(description="how many figures were compared, including this one")
    reason: str | None = Field(description="why there is no letter")
    notes: list[str]
    percentile: Missing = Field(description="100 is best; null on scales without percentiles")
    peers: str | None = Field(description="where the peers come from")
    date: str | None = Field(description="when they were measured")


class _Rating(_Part):
    model: str
    category: str | None
    phase: Phase | None
    unit: str
    score: Missing
    score_text: str | None
    operational_co2e_g: Missing
    embodied_co2e_g: Missing
    caveats: list[str] = Field(description="what a reader must know before relying on the score")
    uncertainty: Missing
    energy_per_unit_j: Missing
    units_per_kwh: Missing
    units: Missing
    energy_j: Figure
    runs: int
    duration_s: Figure
    boundary: str
    hardware: list[str]
    tests: list[str] = Field(description="the tests and sections that count")
    rating: _Letter


class _Finding(_Part):
    kind: str
    text: str
    nodeids: list[str] = Field(default=[], description="the tests that it is about")
    severity: Literal["info", "hint", "warning"] = "info"
    remedy: str | None = Field(default=None, description="what to do, to be copied")
    value: float | None = Field(default=None, description="its figure, in unit")
    unit: str | None = None


class ReportSchema(_Part):
    """The report of a session, schema version 1."""

    schema_version: Literal[1]
    generator: _Generator
    session: _Session
    environment: _Environment
    meters: _Meters
    carbon_intensity: _CarbonIntensity
    pue: float = Field(ge=1)
    wue_l_per_kwh: Missing
    idle: _Idle | None = None
    embodied: list[dict[str, float | None]] | None = Field(
        default=None, description="embodied emissions of the hardware, part by part"
    )
    scale: str | dict[str, Any] = Field(
        default="scer", description="the scale that models are rated on: a name, or the cut-offs"
    )
    peers: list[dict[str, Any]] | None = Field(
        default=None, description="the peers that models are rated among; null: each other"
    )
    totals: _Totals
    baseline: _Baseline | None = Field(
        default=None, description="the comparison of the session as a whole"
    )
    tests: list[_Test]
    not_run: list[str]
    fixtures: list[_Fixture]
    budgets: list[_Budget]
    unused_budgets: list[str] = Field(
        default=[], description="lines of scer_budgets that match none of the tests"
    )
    ratings: list[_Rating]
    findings: list[_Finding]
    warnings: list[str]


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the report."""
    schema = ReportSchema.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
