"""The JSON Schema of the report, and of its parts.

What fits it can be read, added up and printed: no figure is infinite, negative or so large or small
that arithmetic with it overflows, no list of runs is empty, and no component is unknown.

Only this module and :mod:`pytest_scer.report.reading` import pydantic, so that sessions that only
write a report don't load it.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field, Strict, TypeAdapter
from typing_extensions import NotRequired

from pytest_scer.report.schema.compact import Compact
from pytest_scer.report.schema.figures import (
    Count,
    Derived,
    Figure,
    Missing,
    Part,
    Phase,
    Signed,
)
from pytest_scer.report.schema.session import (
    CarbonIntensity,
    Environment,
    Generator,
    Idle,
    Meters,
    Session,
    Totals,
)
from pytest_scer.report.schema.tests import (
    Baseline,
    Budget,
    Fixture,
    Test,
)


class Letter(Part):
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


class ComponentBasis(Part):
    component: str
    provenance: str
    tracking_mode: str | None
    watts: Annotated[
        Missing,
        Field(description="what an estimate assumes: of a busy hardware thread, or of the memory"),
    ]
    source: str


class LeftOut(Part):
    nodeid: str
    outcome: str
    reason: str
    energy_j: Missing
    duration_s: Figure


class ProtocolText(Part):
    name: str
    version: str
    workload: str
    data: str
    data_sha256: str | None
    queries: Annotated[Count | None, Field(description="how many of them a run has")]
    batch: Count | None
    precision: str | None
    runs: Count | None
    boundary: str | None
    source: str | None


class Protocol(ProtocolText):
    identity: Annotated[str, Field(description="name, version and digest of the whole description")]


class Rating(Part):
    model: str
    category: str | None
    phase: Phase | None
    protocol: NotRequired[str | None]
    unit: str
    score: Derived
    score_text: str | None
    claim: NotRequired[
        Annotated[str | None, Field(description="`SCI 1.1`, or `draft, incomplete: ...`")]
    ]
    is_sci: NotRequired[bool]
    missing: NotRequired[
        Annotated[
            list[str],
            Field(description="what it lacks to be an SCI score, each with how to state it"),
        ]
    ]
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
    components: NotRequired[
        Annotated[list[ComponentBasis], Field(description="how each one was measured")]
    ]
    tests: Annotated[list[str], Field(description="the tests and sections that count")]
    left_out: NotRequired[
        Annotated[
            list[LeftOut],
            Field(description="work of the model that the score leaves out, with its energy"),
        ]
    ]
    rating: Letter
    energy_rating: NotRequired[
        Annotated[Letter, Field(description="the rating by energy alone, in Wh per unit")]
    ]


class Finding(Part):
    kind: str
    text: str
    nodeids: NotRequired[Annotated[list[str], Field(description="the tests that it is about")]]
    severity: NotRequired[Literal["info", "hint", "warning"]]
    remedy: NotRequired[Annotated[str | None, Field(description="what to do, to be copied")]]
    value: NotRequired[Annotated[Signed | None, Field(description="its figure, in unit")]]
    unit: NotRequired[str | None]


class EmbodiedRate(Part):
    g_per_h: Figure


class EmbodiedComponent(Part):
    total_g: Figure
    lifespan_h: Figure
    reserved_resources: Figure
    total_resources: Figure
    reserved_h: Missing


class Peer(Part):
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
    protocol: NotRequired[str | None]
    components: NotRequired[
        Annotated[list[ComponentBasis] | None, Field(description="null: not stated")]
    ]
    g_per_kwh: NotRequired[Missing]
    place: NotRequired[str | None]
    pue: NotRequired[Missing]
    embodied_g_per_h: NotRequired[Missing]
    energy_wh: NotRequired[Annotated[Missing, Field(description="of IT energy, per unit")]]
    energy_uncertainty_wh: NotRequired[Missing]


class ReportSchema(Part):
    """The report of a session, schema version 1."""

    schema_version: Literal[1]
    generator: Generator
    session: Session
    environment: Environment
    meters: Meters
    carbon_intensity: CarbonIntensity
    pue: Annotated[Figure, Field(ge=1)]
    pue_source: NotRequired[
        Annotated[str | None, Field(description="null: not stated, so the score is a draft")]
    ]
    wue_l_per_kwh: Missing
    idle: NotRequired[Idle | None]
    embodied: NotRequired[
        Annotated[
            list[EmbodiedRate | EmbodiedComponent] | None,
            Field(description="embodied emissions of the hardware, part by part"),
        ]
    ]
    embodied_source: NotRequired[
        Annotated[str | None, Field(description="where these figures come from")]
    ]
    scale: NotRequired[
        Annotated[
            str | dict[str, Any],
            Field(description="the scale that models are rated on: a name, or the cut-offs"),
        ]
    ]
    peers: NotRequired[
        Annotated[
            list[Peer] | None,
            Field(description="the peers that models are rated among; null: each other"),
        ]
    ]
    protocols: NotRequired[
        Annotated[
            list[Protocol], Field(description="those that were declared, and that tests follow")
        ]
    ]
    totals: Totals
    baseline: NotRequired[
        Annotated[Baseline | None, Field(description="the comparison of the session as a whole")]
    ]
    tests: list[Test]
    not_run: list[str]
    fixtures: list[Fixture]
    budgets: list[Budget]
    unused_budgets: NotRequired[
        Annotated[
            list[str], Field(description="lines of scer_budgets that match none of the tests")
        ]
    ]
    ratings: list[Rating]
    findings: list[Finding]
    warnings: list[str]


_Text = Annotated[str, Strict()]
WHOLE: Final[TypeAdapter[ReportSchema]] = TypeAdapter(ReportSchema)
"""Validates a report."""
ROWS: Final[dict[str, TypeAdapter[Any]]] = {
    "test": TypeAdapter(Test),
    "compact": TypeAdapter(Compact),
    "fixture": TypeAdapter(Fixture),
    "finding": TypeAdapter(Finding),
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
