"""The trainings of a test: what their epochs cost, and what the whole was predicted to cost."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pytest_scer.report.schema.figures import Count, Derived, Figure, Finite, Missing, Part, Signed


class Interval(Part):
    value: Figure
    low: Figure
    high: Figure


class Converted(Part):
    value: Finite
    low: Finite
    high: Finite


class Prediction(Part):
    energy_j: Interval
    co2e_g: Converted
    duration_s: Interval


class Lap(Part):
    done: Annotated[Figure, Field(description="epochs or steps of the training after it")]
    size: Annotated[Figure, Field(description="how many of them it was")]
    energy_j: Annotated[Missing, Field(description="IT energy of all ranks in joules")]
    co2e_g: Derived
    duration_s: Figure
    steps: Annotated[Figure, Field(description="how many steps it was; 0 if not counted")]
    units: Annotated[dict[str, Finite], Field(description="what all ranks counted in it")]
    metrics: dict[str, Signed]
    predicted: Annotated[
        Prediction | None,
        Field(description="what the whole was then predicted to use, with 95 % intervals"),
    ]
    warm: Annotated[bool, Field(description="whether the one before it ran in the same process")]
    earlier: Annotated[bool, Field(description="whether it is of a run that this one resumed")]


class Reached(Part):
    done: Figure
    value: Signed
    energy_j: Missing
    co2e_g: Derived
    duration_s: Figure


class Stop(Part):
    limit: str
    actual: Figure
    unit: Annotated[str, Field(pattern=r"^(gCO2e|J)$")]
    done: Figure
    text: str


class Total(Part):
    energy_j: Missing
    co2e_g: Derived
    duration_s: Figure


class Training(Part):
    name: str
    unit: Literal["epoch", "step"]
    planned: Annotated[Figure, Field(description="how many epochs or steps it should have")]
    target: Annotated[str | None, Field(description="the metric, and the value to reach")]
    laps: Annotated[list[Lap], Field(description="its epochs, or groups of them or of steps")]
    energy_j: Annotated[Missing, Field(description="joules of this process in this session")]
    co2e_g: Derived
    duration_s: Figure
    total: Annotated[Total, Field(description="of all ranks, and of the runs that it resumed")]
    ranks: Annotated[Count, Field(ge=1)]
    rank: Count
    reached: Reached | None
    stopped: Stop | None
