"""What computes: units, measurements, budgets, statistics. No pytest, no CodeCarbon, no I/O."""

from typing import Final

COMPONENTS: Final = ("cpu", "gpu", "ram")
