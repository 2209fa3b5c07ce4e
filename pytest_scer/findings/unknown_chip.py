"""CodeCarbon does not know the CPU, so its power is a default.

Evidence: the origin of the power of a hardware thread, in the detail of the CPU's meter.

Threshold: none.

Remedy: `force_cpu_power`; `pytest-scer doctor` shows what else can be done.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.findings.rule import joules
from pytest_scer.meters.base import Provenance
from pytest_scer.meters.chips import DEFAULT_POWER
from pytest_scer.report.model import Finding, Report

KIND: Final = "unknown chip"


def find(report: Report) -> Iterator[Finding]:
    """Find that the power of the CPU is a default."""
    info, cpu_j = report.meters["cpu"], report.totals.cpu_j
    if info.provenance is Provenance.MODELLED and info.detail.startswith(DEFAULT_POWER):
        of_total = "" if cpu_j is None else f": {joules(cpu_j)} of the total"
        yield Finding(
            KIND,
            f"the power of this CPU is unknown, and {info.source} is a default{of_total}",
            [],
            "hint",
            "force_cpu_power = WATTS   (in .codecarbon.config, full load; see pytest-scer doctor)",
            cpu_j,
            "J",
        )
