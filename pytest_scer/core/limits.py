"""Limits to propose: the smallest round budget that a figure stays within."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Final

from pytest_scer.core import units
from pytest_scer.core.budget import Budget, Quantity

HEADROOM: Final = 0.2
"""The share by which a proposed limit exceeds the upper end of what was measured: growth up to here
is accepted without asking."""
_DIGITS: Final = 2
"""The significant digits of a proposed limit: it is a round number, not a measurement."""


def rounded_up(value: Decimal) -> Decimal:
    """The smallest number of two significant digits that is at least ``value``, which is over 0."""
    last_digit = Decimal((0, (1,), value.adjusted() - _DIGITS + 1))
    return value.quantize(last_digit, rounding=ROUND_CEILING)


def limit_text(
    value: float, quantity: Quantity, functional_unit: str | None = None, per: float = 1.0
) -> str:
    """Write the smallest round budget of at least a figure, as ``Budget.parse`` reads it.

    Args:
        value: The figure, over 0, in the SI unit of the quantity; per ``per`` functional units.
        quantity: What is limited.
        functional_unit: The functional unit, in the singular; None if there is none.
        per: How many functional units the figure is for.
    """
    si_unit, suffix = quantity.value
    symbol, size = units.scale_of(value, si_unit)
    number = rounded_up(Decimal(f"{value / size:.9g}"))  # without the last digits of a sum
    return f"{number:f} {symbol}{suffix}" + units.per(functional_unit, per)


def proposed_limit(upper: float, budget: Budget, headroom: float = HEADROOM) -> str:
    """Write a budget like another one that leaves headroom over the upper end of a figure.

    Args:
        upper: The upper end of the figure's interval, over 0, in the unit of the budget.
        budget: Which quantity and functional unit the limit is in.
        headroom: The share to add.
    """
    value = upper * (1 + headroom)
    return limit_text(value, budget.quantity, budget.functional_unit, budget.per)
