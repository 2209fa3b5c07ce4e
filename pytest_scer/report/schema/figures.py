"""What the figures of a report may be, and what all its parts share."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field
from typing_extensions import TypedDict

from pytest_scer.core import LARGEST_FIGURE
from pytest_scer.core.budget import Budget

LEAST: Final = 1e-60
"""A figure below this is read as 0: quotients of the others are finite."""
MOST: Final = 10**9
"""The largest whole number, such as of runs or cores."""


@lru_cache(maxsize=4096)
def readable_budget(text: str) -> str:
    """A budget that can be read; raises ValueError for any other text."""
    Budget.parse(text)
    return text


def _time(text: str) -> str:
    datetime.fromisoformat(text)
    return text


def _settled(figure: float) -> float:
    return figure if figure >= LEAST else 0.0


Finite = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Figure = Annotated[
    float, Field(ge=0, le=LARGEST_FIGURE, allow_inf_nan=False), AfterValidator(_settled)
]
Missing = Figure | None
"""A figure, or null if it is missing, never 0."""
Derived = Finite | None
"""What is calculated from figures, and so again after reading; null where one is missing."""
Signed = Annotated[float, Field(ge=-LARGEST_FIGURE, le=LARGEST_FIGURE, allow_inf_nan=False)]
Time = Annotated[str, AfterValidator(_time)]
Count = Annotated[int, Field(ge=0, le=MOST)]
Bytes = Annotated[int, Field(ge=0, le=2**63 - 1)]
"""A number of bytes, or of other things of which there are billions, such as parameters."""
Phase = Literal["training", "inference"]
Component = Literal["cpu", "gpu", "ram"]
Verdict = Literal["ok", "exceeded", "inconclusive", "unmeasured"]


class Part(TypedDict):
    """A part of the report."""

    # Releases may add fields within the same schema version, if no meaning changes: a reader
    # ignores those that it does not know. Types are strict: "5" and true are no numbers.
    __pydantic_config__ = ConfigDict(strict=True)  # type: ignore[misc]
