"""A score with its uncertainty."""

from __future__ import annotations

import sys

from pytest_scer.core.json_text import brief
from pytest_scer.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A score to rate; smaller is better.

    Attributes:
        value: The score; None if not measured.
        uncertainty: Half-width of its 95 % interval in the same unit; None if unknown.
    """

    value: float | None
    uncertainty: float | None = None

    def __post_init__(self) -> None:
        for number in (self.value, self.uncertainty):
            if number is not None and not 0 <= number <= sys.float_info.max:  # never for NaN
                raise ValueError(
                    f"a score and its uncertainty must be 0 or more, not {brief(number)}"
                )
