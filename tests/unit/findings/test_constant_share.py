from __future__ import annotations

from dataclasses import replace

from reports import CONSTANT, MODELLED, report

from pytest_scer.findings.constant_share import find
from pytest_scer.meters.base import ABSENT
from pytest_scer.report.model import Finding, Totals

METERS = {"cpu": MODELLED, "gpu": ABSENT, "ram": CONSTANT}


def found(cpu_j: float | None, ram_j: float | None, ram: object = CONSTANT) -> list[Finding]:
    made = report(totals=Totals(cpu_j, None, ram_j, 0.0, 0.0), meters={**METERS, "ram": ram})
    return list(find(made))


def test_a_total_that_is_mostly_constant() -> None:
    (finding,) = found(14.0, 86.0)
    assert finding.text.startswith("86% of the total (86 J) is the memory's 20 W constant, which")
    assert finding.remedy == "--scer-components cpu,gpu"
    assert finding.severity == "warning"
    assert found(50.0, 50.0)


def test_one_that_is_not() -> None:
    assert not found(51.0, 49.0)
    assert not found(0.0, 0.0)
    assert not found(None, None)
    assert not found(14.0, 86.0, replace(CONSTANT, provenance=MODELLED.provenance))
