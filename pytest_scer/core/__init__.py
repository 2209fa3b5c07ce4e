"""Pure computation: units, measurements, budgets, statistics. No pytest, CodeCarbon or I/O."""

from typing import Final

COMPONENTS: Final = ("cpu", "gpu", "ram")

LARGEST: Final = 1e9
"""The largest number that a setting accepts: products of larger ones could leave the range of
floating-point numbers."""

LARGEST_FIGURE: Final = 1e60
"""The largest figure in a report: products of five such figures are finite (IEEE 754)."""
