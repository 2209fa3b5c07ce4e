from __future__ import annotations

from dataclasses import replace

import pytest
from reports import MEASURED, entry, report

from pytest_scer.core.measurement import Measurement
from pytest_scer.findings.idle_gpu import find
from pytest_scer.meters.base import ABSENT
from pytest_scer.report.model import Report, Totals

GPU = replace(MEASURED, source="energy counter", resolution_s=0.1)


def on_a_gpu(*powers_w: float, outside_w: float = 50.0, seconds: float = 10.0) -> Report:
    """Tests of ten seconds with these GPU powers, in a session of 100 s."""
    tests = [
        entry(measurement=Measurement(seconds, 1.0, 5.0, watts * seconds, None, 0.0))
        for watts in powers_w
    ]
    outside_s = 100.0 - seconds * len(powers_w)
    gpu_j = sum(powers_w) * seconds + outside_w * outside_s
    made = report(*tests, meters={"cpu": MEASURED, "gpu": GPU, "ram": ABSENT})
    return replace(made, totals=Totals(100.0, gpu_j, None, 0.0, 0.0))


def test_a_gpu_that_draws_in_tests_what_it_draws_between_them() -> None:
    (finding,) = find(on_a_gpu(50, 55))
    assert finding.value == pytest.approx(1050 + 80 * 50)


@pytest.mark.parametrize("powers", [(50, 70), (300, 300), ()])
def test_one_that_works_or_of_which_nothing_is_known_is_none(powers: tuple[float, ...]) -> None:
    assert not list(find(on_a_gpu(*powers)))


def test_a_test_that_is_shorter_than_five_ticks_says_nothing() -> None:
    assert not list(find(on_a_gpu(50, seconds=0.4)))
    assert list(find(on_a_gpu(50, seconds=0.5)))


def test_no_gpu_or_workers_or_repeats_or_faults_show_nothing() -> None:
    made = on_a_gpu(50)
    fault = replace(made.tests[0].measurement, gpu_j=float("nan"))  # type: ignore[type-var]
    for hidden in (
        replace(made, meters={**made.meters, "gpu": ABSENT}),
        replace(made, totals=replace(made.totals, gpu_j=None)),
        replace(made, session=replace(made.session, workers=2)),
        replace(made, confirming_energy_j=5.0),
        replace(made, session=replace(made.session, duration_s=10.0)),
        replace(made, tests=[entry(measurement=fault)]),
    ):
        assert not list(find(hidden))
