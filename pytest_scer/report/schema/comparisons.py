"""What ``carbon.compare`` and ``carbon.sweep`` measured."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pytest_scer.report.schema.figures import (
    Count,
    Derived,
    Figure,
    Finite,
    Missing,
    Part,
    Signed,
)


class RatioInterval(Part):
    value: Derived
    low: Derived
    high: Annotated[Derived, Field(description="null: unknown")]
    pairs: Annotated[Count, Field(description="how many pairs of runs it rests on")]


class Ratio(RatioInterval):
    over: str
    under: str


class Variant(Part):
    name: Annotated[str, Field(description="also the name of its section")]
    settings: Annotated[
        dict[str, str | Signed | bool | None],
        Field(description="the values that a sweep ran it with, by parameter"),
    ]
    energy_j: Annotated[
        list[Missing],
        Field(min_length=1, description="of each run, in the order of the rounds"),
    ]
    steps_j: Annotated[
        Figure, Field(description="what the steps of the meter may add to a run: a half-width")
    ]
    units: Annotated[dict[str, Finite], Field(description="of its median run")]
    quality: Signed | None
    cost_j: Annotated[Derived, Field(description="joules of the median run, or per unit")]
    to_cheapest: Annotated[
        RatioInterval | None, Field(description="its cost over that of the cheapest variant")
    ]
    dominated_by: Annotated[
        str | None, Field(description="a variant that is as good or better and costs less")
    ]


class Comparison(Part):
    kind: Literal["compare", "sweep"]
    unit: Annotated[
        str | None, Field(description="what costs are divided by; null: energy of a run")
    ]
    lower_is_better: bool
    luck: Annotated[
        Figure,
        Field(description="standard deviation of what is particular to a process, as a logarithm"),
    ]
    variants: Annotated[list[Variant], Field(min_length=2)]
    ratios: Annotated[
        list[Ratio],
        Field(description="of compare: energy of a run over that of another, each pair once"),
    ]
    cheapest: str | None
    knee: str | None
