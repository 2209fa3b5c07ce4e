"""Pure computation: units, measurements, budgets, statistics. No pytest, CodeCarbon or I/O."""

from typing import Final

COMPONENTS: Final = ("cpu", "gpu", "ram")

LARGEST: Final = 1e9
"""The largest number that a setting accepts: products of larger ones could leave the range of
floating-point numbers."""
