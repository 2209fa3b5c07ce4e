"""Pure computation: units, measurements, budgets, statistics. No pytest, CodeCarbon or I/O."""

from typing import Final

COMPONENTS: Final = ("cpu", "gpu", "ram")
