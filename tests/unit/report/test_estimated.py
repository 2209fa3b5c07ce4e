"""What calculators say of a report: what each gets from it, and what it is compared with."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from reports import MEASURED, entry, environment, measured, report, section

from pytest_scer.core.measurement import median_run
from pytest_scer.report.estimated import Assumptions, Estimate, cpu_usage, estimate
from pytest_scer.report.model import FixtureEntry, Report, Totals

KWH = 3.6e6


def estimates(made: Report, **given: float) -> list[Estimate]:
    return list(estimate(made, Assumptions(**given)))  # type: ignore[arg-type]


def busy(seconds: float) -> Report:
    """A session of 100 s on 8 cores and 32 GB, with 3 kJ of the CPU and 1 kJ of the memory."""
    return report(entry(measurement=measured(400.0, seconds)))


def test_green_algorithms_gets_cores_load_and_memory() -> None:
    found, _, _ = estimates(busy(400.0), core_w=10.0)
    assert found.energy_kwh is not None
    # 400 s of 8 x 100 s of CPU time
    assert found.energy_kwh == pytest.approx((8 * 10 / 2 + 32 * 0.3725) * 100 * 1.56 / KWH)
    assert found.co2e_g == pytest.approx(found.energy_kwh * 360)
    assert (found.measured_j, found.components) == (4000.0, ("cpu", "gpu", "ram"))
    assert found.over_measured == pytest.approx(found.energy_kwh * KWH / 4000)


def test_fixtures_use_the_cpu_too_and_nothing_more_than_all_of_it() -> None:
    made = busy(80.0)
    assert cpu_usage(made) == pytest.approx(0.1)
    made.fixtures = [FixtureEntry("f", "session", "t", "", measured(10.0, 160.0))]
    assert cpu_usage(made) == pytest.approx(0.3)
    assert cpu_usage(busy(1e6)) == 1.0
    assert cpu_usage(report()) == 0.0


@pytest.mark.parametrize(
    ("pue", "source", "used"), [(1.0, None, 1.56), (1.0, "--scer-pue", 1.0), (1.2, None, 1.2)]
)
def test_the_pue_is_the_reports_if_it_was_stated(
    pue: float, source: str | None, used: float
) -> None:
    made = replace(busy(800.0), pue=pue, pue_source=source)
    green, _, tracker = estimates(made)
    assert f"PUE {used:g}" in green.basis
    assert green.energy_kwh == pytest.approx((8 * 12 + 32 * 0.3725) * 100 * used / KWH)
    assert green.measured_j == pytest.approx(4000 * pue)
    assert tracker.energy_kwh == pytest.approx(3000 * 1.58 / KWH)  # its own PUE
    assert tracker.measured_j == pytest.approx(3000 * pue)


def test_gpus_count_one_by_one() -> None:
    gpus: list[dict[str, int | str]] = [{"index": number, "name": "T4"} for number in range(2)]
    made = busy(0.0)
    made.environment = replace(environment("Xeon"), gpus=gpus)
    made.meters = {**made.meters, "gpu": MEASURED}
    made.totals = Totals(3000.0, 36e4, 1000.0, 3000.0, 0.0)
    made.session.duration_s = 3600.0
    green, ml_co2, tracker = estimates(made, gpu_w=70.0)
    assert green.energy_kwh == pytest.approx((2 * 70 + 32 * 0.3725) * 1.56 / 1000)
    assert ml_co2.energy_kwh == 0.14  # 2 x 70 W in an hour
    assert ml_co2.co2e_g == 50.0  # 0.14 x 0.36 kg are 0.0504 kg, rounded
    assert (ml_co2.measured_j, ml_co2.components) == (36e4, ("gpu",))
    assert tracker.energy_kwh == pytest.approx(363e3 * 1.58 / KWH)


def test_carbontracker_scales_what_was_measured_as_it_scales_its_prediction() -> None:
    epochs = median_run([measured(100.0), measured(200.0)], 0.0)
    made = report(
        entry(measurement=measured(400.0), sections=[section("epoch", epochs, "training")])
    )
    *_, tracker = estimates(made, epochs=20)
    assert tracker.measured_j == pytest.approx(20 * 0.75 * 150)
    assert tracker.energy_kwh == pytest.approx(20 * 0.75 * 150 * 1.58 / KWH)
    assert tracker.over_measured == pytest.approx(1.58)
    assert tracker.basis.endswith("2 measured epochs, predicted for 20")


def test_a_missing_figure_is_none() -> None:
    failed = report(
        entry(measurement=replace(measured(400.0), cpu_time_s=math.nan)),
        totals=Totals(math.nan, None, 1000.0, 100.0, 0.0),
    )
    green, ml_co2, tracker = estimates(failed)
    assert (green.measured_j, green.over_measured) == (None, None)
    assert "full load" in green.basis
    assert (ml_co2.energy_kwh, ml_co2.measured_j) == (None, None)
    assert (tracker.energy_kwh, tracker.measured_j) == (None, None)


def test_a_session_without_time_is_refused() -> None:
    made = busy(1.0)
    made.session.duration_s = 0.0
    with pytest.raises(ValueError, match="the session took no time"):
        estimates(made)
