"""The gate itself is expensive.

Evidence: `totals.confirming_energy_j`: tests that were measured again, and the reference workload.

Threshold: {MOST:.0%} of the total, and at least {FLOOR_J:g} J.

Remedy: a shorter `--scer-confirm-time`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.findings.rule import FLOOR_J, joules
from pytest_scer.report.model import Finding, Report

KIND: Final = "gate cost"

MOST: Final = 0.2
"""A gate that costs a fifth of what it watches over saves that only if it finds something often."""


def find(report: Report) -> Iterator[Finding]:
    """Find that the gate is expensive."""
    gate_j, total_j = report.totals.confirming_energy_j, report.totals.total_j
    if total_j and gate_j >= max(FLOOR_J, MOST * total_j):
        yield Finding(
            KIND,
            f"measuring tests again used {joules(gate_j)}, {gate_j / total_j:.0%} of the total",
            [],
            "hint",
            "--scer-confirm-time 30",
            gate_j,
            "J",
        )
