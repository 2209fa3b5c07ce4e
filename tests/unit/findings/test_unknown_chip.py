from __future__ import annotations

from dataclasses import replace

import pytest
from reports import MEASURED, MODELLED, report

from pytest_scer.findings.unknown_chip import find
from pytest_scer.meters.base import ABSENT, MeterInfo
from pytest_scer.meters.codecarbon.configuration import Configuration
from pytest_scer.meters.codecarbon.power import thread_w
from pytest_scer.report.model import Finding, Totals

DEFAULT = "CodeCarbon's default of 4 W per thread: this CPU is not in its table; no power counter"


def found(info: MeterInfo, cpu_j: float | None = 10.0) -> list[Finding]:
    meters = {"cpu": info, "gpu": ABSENT, "ram": ABSENT}
    return list(find(report(meters=meters, totals=Totals(cpu_j, None, None, 0.0, 0.0))))


def test_the_default_power_of_a_thread() -> None:
    (finding,) = found(replace(MODELLED, detail=DEFAULT))
    assert finding.value == 10
    assert found(replace(MODELLED, detail=DEFAULT), None)[0].value is None


def test_a_known_power_or_a_counter_is_none() -> None:
    assert not found(replace(MODELLED, detail="TDP of EPYC 7763: 280 W over 128 threads"))
    assert not found(MEASURED)


def test_it_is_what_the_meter_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_scer.meters.codecarbon.power.cpu_model", lambda: "Zyzzyx 9000")
    detail = thread_w(Configuration({}, {}))[1]
    assert found(replace(MODELLED, detail=detail))
