"""The tests of a report: measurements, budgets and baselines."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict
from typing_extensions import NotRequired

from pytest_scer.report.schema.figures import (
    Component,
    Count,
    Derived,
    Figure,
    Finite,
    Missing,
    Part,
    Phase,
    Signed,
    Verdict,
    readable_budget,
)
from pytest_scer.report.schema.session import (
    Energy,
)
from pytest_scer.report.schema.trainings import Training


class Run(Part):
    duration_s: Figure
    cpu_time_s: Missing
    energy_j: Energy


class Measurement(Part):
    duration_s: Figure
    cpu_time_s: Missing
    energy_j: Annotated[Energy, Field(description="IT energy in joules, before PUE")]
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
    runs: Annotated[list[Run], Field(min_length=1)] | None


class Counted(Part):
    measurement: Measurement
    units: dict[str, Finite]


class Section(Part):
    name: str
    parent: str | None
    phase: Phase | None
    units: dict[str, Finite]
    measurement: Measurement
    counted: NotRequired[
        Annotated[
            Counted | None,
            Field(
                description="what scores count: all its runs, or those in the median run of "
                "carbon(fn), without sections of another phase; null: units and measurement"
            ),
        ]
    ]


class Budget(Part):
    limit: Annotated[str, AfterValidator(readable_budget)]
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


class Baseline(Part):
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


class Stages(Part):
    setup: Measurement | None
    call: Measurement | None
    teardown: Measurement | None


class Test(Part):
    nodeid: str
    outcome: Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed"]
    worker: str
    host: str
    attempt: Annotated[Count, Field(ge=1)]
    start_s: NotRequired[
        Annotated[Signed | None, Field(description="in seconds since session.started_at")]
    ]
    starts_s: NotRequired[
        Annotated[dict[str, Signed], Field(description="of each stage, likewise")]
    ]
    phase: Phase | None
    category: str | None
    model: str | None
    protocol: NotRequired[
        Annotated[
            str | None, Field(description="the protocol it follows: name, version and digest")
        ]
    ]
    unmeasured: str | None
    stages: Stages
    measurement: Annotated[
        Measurement | None, Field(description="what the test's budgets are checked against")
    ]
    units: dict[str, Finite]
    quality: NotRequired[
        Annotated[
            dict[str, Signed],
            Field(description="how well its model did, by the name of the metric"),
        ]
    ]
    sections: list[Section]
    other_phases: NotRequired[
        Annotated[
            dict[Phase, Measurement] | None,
            Field(description="the parts of measurement that sections of another phase used"),
        ]
    ]
    beside: NotRequired[
        Annotated[
            dict[Phase, Measurement] | None,
            Field(description="what sections used that are no part of measurement"),
        ]
    ]
    trainings: NotRequired[list[Training]]
    budgets: list[Budget]
    baseline: Baseline | None
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


class Fixture(Part):
    name: str
    scope: str
    nodeid: Annotated[str, Field(description="the first test that used it")]
    worker: str
    measurement: Measurement
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
    start_s: NotRequired[
        Annotated[
            Signed | None, Field(description="of its setup, in seconds since session.started_at")
        ]
    ]
