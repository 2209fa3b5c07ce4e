"""The measurements of a report."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import NotRequired

from pytest_scer.report.schema.figures import Count, Derived, Figure, Missing, Part, Signed
from pytest_scer.report.schema.session import Energy


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
