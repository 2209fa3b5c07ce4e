"""Figures of a page: a text, and the number that it stands for."""

from __future__ import annotations

import math

from pytest_scer.core import units
from pytest_scer.lazy_dataclass import dataclass


@dataclass(frozen=True)
class Figure:
    """A figure.

    Attributes:
        text: The figure with its unit, rounded.
        value: The figure as the JSON report has it; None if it is missing.
        source: Where the JSON report has it, as in ``totals.co2e_g``; empty if it is derived.
    """

    text: str
    value: float | None = None
    source: str = ""


def quantity(value: float | None, si_unit: str, source: str = "", digits: int = 3) -> Figure:
    """A quantity as a figure; missing if it is None or NaN.

    Args:
        value: The quantity in ``si_unit``.
        si_unit: One of ``g``, ``J``, ``W``, ``s``, ``L``.
        source: Where the JSON report has it.
        digits: Significant digits.
    """
    known = value if value is not None and math.isfinite(value) else None
    return Figure(units.quantity(known, si_unit, digits=digits), known, source)
