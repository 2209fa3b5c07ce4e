from __future__ import annotations

import math

import pytest
from reports import MEASURED, MODELLED, entry, report

from pytest_scer.core.measurement import Measurement
from pytest_scer.findings import costly_parameters, repeated_setup, waiting
from pytest_scer.findings.rule import is_stall, nodeids_by_cost, work_j
from pytest_scer.meters.base import ABSENT, MeterInfo, Provenance
from pytest_scer.report.model import Report

SIMULATED = MeterInfo("simulated", Provenance.SIMULATED)


def took(seconds: float, cpu_s: float, joules: float = 10.0) -> Measurement:
    return Measurement(seconds, cpu_s, 0.1 * joules, None, 0.9 * joules, 0.0)


def session(info: MeterInfo, *measurements: Measurement) -> Report:
    """Parameter sets of one test, each with the same setup as call."""
    tests = [
        entry(
            measurement=each,
            nodeid=f"t.py::test_it[{n}]",
            stages={"setup": each, "call": each, "teardown": None},
        )
        for n, each in enumerate(measurements)
    ]
    return report(*tests, meters={"cpu": info, "gpu": ABSENT, "ram": info})


@pytest.mark.parametrize(
    ("seconds", "cpu_s", "stalls"),
    [(0.045, 0.0004, True), (0.045, 0.01, False), (0.3, 0.0004, False), (0.0, 0.0, False)],
)
def test_what_is_short_and_computes_nothing_may_have_waited(
    seconds: float, cpu_s: float, *, stalls: bool
) -> None:
    for info in (MODELLED, MEASURED):
        assert is_stall(took(seconds, cpu_s), session(info)) is stalls
    assert not is_stall(took(seconds, cpu_s), session(SIMULATED))


@pytest.mark.parametrize("rule", [waiting.find, repeated_setup.find, costly_parameters.find])
def test_a_busy_machine_raises_nothing(rule: object) -> None:
    assert callable(rule)
    stalled = [took(0.045, 0.0004, 3.0), *[took(0.00003, 0.00003, 0.0007)] * 5]
    assert not list(rule(session(MODELLED, *stalled, stalled[0])))
    assert not list(rule(session(MODELLED, *stalled)))


def test_what_is_long_does() -> None:
    long = took(2.0, 0.01, 30.0)
    assert list(waiting.find(session(MODELLED, long)))
    assert list(repeated_setup.find(session(MODELLED, long, long)))
    others = [took(0.00003, 0.00003, 0.0007)] * 5
    assert list(costly_parameters.find(session(MODELLED, long, *others)))


def test_what_is_not_known_is_no_work() -> None:
    assert work_j(Measurement(1.0, 1.0, math.nan, 3.0, None, None)) == 3
    assert work_j(Measurement(1.0, 1.0, None, None, 5.0, None)) == 0


def test_tests_are_named_once_by_cost() -> None:
    tests = [entry(nodeid=name) for name in "abab"]
    assert nodeids_by_cost(zip(tests, (1.0, 5.0, 3.0, 4.0), strict=True)) == ["b", "a"]
