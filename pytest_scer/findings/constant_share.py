"""Most of the total is a constant power, which only shows how long the tests took.

Evidence: the provenance `constant` of a component, and its joules.

Threshold: {MOST:.0%} of the total.

Remedy: `--scer-components` without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.core import COMPONENTS
from pytest_scer.findings.rule import joules
from pytest_scer.meters.base import Provenance
from pytest_scer.report.model import Finding, Report

KIND: Final = "constant share"

MOST: Final = 0.5
"""From this share on, a total tells more about time than about work."""
_NAMES: Final = {"cpu": "CPU", "gpu": "GPU", "ram": "memory"}


def find(report: Report) -> Iterator[Finding]:
    """Find a total that is mostly constant."""
    total_j = report.totals.total_j
    constant = [
        name for name in COMPONENTS if report.meters[name].provenance is Provenance.CONSTANT
    ]
    constant_j = sum(getattr(report.totals, f"{name}_j") or 0.0 for name in constant)
    if not total_j or constant_j < MOST * total_j:
        return
    others = ",".join(name for name in COMPONENTS if name not in constant)
    sources = " and ".join(
        f"the {_NAMES[name]}'s {report.meters[name].source}" for name in constant
    )
    yield Finding(
        KIND,
        f"{constant_j / total_j:.0%} of the total ({joules(constant_j)}) is {sources}, which only "
        "shows how long the tests took",
        [],
        "warning",
        f"--scer-components {others}",
        constant_j,
        "J",
    )
