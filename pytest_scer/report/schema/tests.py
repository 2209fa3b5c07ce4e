"""The tests of a report: measurements, budgets and baselines."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict
from typing_extensions import NotRequired

from pytest_scer.report.schema.comparisons import Comparison
from pytest_scer.report.schema.figures import (
    Bytes,
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
from pytest_scer.report.schema.measurements import Measurement
from pytest_scer.report.schema.model_calls import ModelCall
from pytest_scer.report.schema.session import Range
from pytest_scer.report.schema.trainings import Training


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
    peak_memory: NotRequired[
        Annotated[
            dict[str, Bytes] | None,
            Field(description="the most bytes in use at once, by device; null without torch"),
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


class Server(Part):
    name: Annotated[str, Field(description="the name of its program")]
    cpu_time_s: Annotated[Figure, Field(description="CPU seconds billed to the test")]
    energy_j: Annotated[
        Figure,
        Field(
            description="joules of these, part of the test's CPU energy; 0 where the test is "
            "charged the energy of the whole machine"
        ),
    ]
    shared: Annotated[
        bool, Field(description="others called it at the same time, and were billed their parts")
    ]
    gpu_energy_j: NotRequired[
        Annotated[
            Missing,
            Field(description="joules of GPUs that the test was charged for its calls"),
        ]
    ]


class Hosted(Part):
    provider: str
    model: str
    requests: Figure
    tokens: Annotated[
        Missing, Field(description="tokens that the model generated; null if unknown")
    ]
    energy_j: Annotated[
        Range | None,
        Field(
            description="estimated joules in the provider's data centre, PUE included; null "
            "without an estimate"
        ),
    ]
    co2e_g: Annotated[
        Range | None,
        Field(description="estimated grams of CO2e of that electricity, where the provider is"),
    ]
    source: Annotated[str | None, Field(description="who estimated it, with the version")]
    reason: Annotated[str | None, Field(description="why there is no estimate, or what it assumes")]


Outcome = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed"]


class Test(Part):
    nodeid: str
    outcome: Outcome
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
    model_calls: NotRequired[list[ModelCall]]
    servers: NotRequired[
        Annotated[
            list[Server],
            Field(description="what servers outside of the test process used for the test"),
        ]
    ]
    hosted: NotRequired[
        Annotated[
            list[Hosted],
            Field(
                description="what models on other machines did for the test: estimates, in no "
                "other figure"
            ),
        ]
    ]
    trainings: NotRequired[list[Training]]
    budgets: list[Budget]
    baseline: Baseline | None
    reference_j: NotRequired[
        Annotated[
            Missing,
            Field(
                description="joules of the reference workload next to the test: of the CPU where "
                "that is modelled from CPU time, else of the components compared"
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
    comparisons: NotRequired[
        Annotated[
            list[Comparison], Field(description="what carbon.compare and carbon.sweep measured")
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
