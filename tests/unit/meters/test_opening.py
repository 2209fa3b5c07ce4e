"""The meter of this machine: what is opened for each component."""

from __future__ import annotations

import time

import pytest

from pytest_scer.meters import opening
from pytest_scer.meters.accuracy import CHIP_UNKNOWN, RAM_CONSTANT, TDP_KNOWN
from pytest_scer.meters.base import Provenance, TrackingMode
from pytest_scer.meters.codecarbon.configuration import Configuration
from pytest_scer.meters.codecarbon.power import thread_w
from pytest_scer.meters.opening import Request, open_meter

NOTHING_CONFIGURED = Configuration({}, {})


def configured(**values: str) -> Configuration:
    return Configuration(values, dict.fromkeys(values, "a file"))


def test_components_that_do_not_count_are_absent() -> None:
    meter = open_meter(Request(frozenset({"ram"})), NOTHING_CONFIGURED)
    reading, totals = meter.read(), meter.host_totals()
    assert meter.infos["ram"].provenance is Provenance.CONSTANT
    assert meter.infos["cpu"].provenance is Provenance.ABSENT
    assert meter.infos["gpu"].provenance is Provenance.ABSENT
    assert (reading.cpu_j, reading.gpu_j) == (None, None)
    assert (totals.cpu_j, totals.gpu_j) == (None, None)
    assert totals.ram_j is not None
    meter.close()


def test_the_users_ram_power_is_charged_by_the_second() -> None:
    request = Request(frozenset({"ram"}))
    meter = open_meter(request, configured(force_ram_power="50"))
    start, end = meter.read(), meter.read()
    assert start.ram_j is not None
    assert end.ram_j is not None
    assert end.ram_j - start.ram_j == pytest.approx(50 * (end.time_s - start.time_s))
    assert "a file" in meter.infos["ram"].detail
    meter.close()


def test_workers_of_one_host_share_its_constant_power() -> None:
    alone = open_meter(Request(frozenset({"ram"})), NOTHING_CONFIGURED)
    shared = open_meter(Request(frozenset({"ram"}), concurrent=4), NOTHING_CONFIGURED)
    watts = []
    for meter in (alone, shared):
        start = meter.read()
        time.sleep(0.05)  # a cumulative count has too few digits for shorter times
        end = meter.read()
        assert start.ram_j is not None
        assert end.ram_j is not None
        watts.append((end.ram_j - start.ram_j) / (end.time_s - start.time_s))
        meter.close()
    assert watts[1] == pytest.approx(watts[0] / 4)
    assert "shared by the tests that run together" in shared.infos["ram"].detail
    assert "shared" not in alone.infos["ram"].detail


def test_constant_power_is_charged_by_the_given_clock() -> None:
    meter = open_meter(Request(frozenset({"ram"}), concurrent=4), NOTHING_CONFIGURED)
    seconds = iter([3.0, 5.0])
    meter.share_constant(lambda _: next(seconds))
    start, end = meter.read(), meter.read()
    meter.close()
    assert start.ram_j is not None
    assert end.ram_j is not None
    watts = float(meter.infos["ram"].source.split()[0])
    assert end.ram_j - start.ram_j == pytest.approx(2 * watts, rel=0.01)


def test_a_modelled_cpu_is_charged_its_cpu_seconds() -> None:
    request = Request(frozenset({"cpu"}), TrackingMode.PROCESS)
    meter = open_meter(request, configured(force_cpu_power="100"))
    assert meter.infos["cpu"].provenance is Provenance.MODELLED
    assert meter.infos["cpu"].tracking_mode is TrackingMode.PROCESS
    watts = thread_w(configured(force_cpu_power="100")).watts
    start = meter.read()
    sum(range(10**6))
    end = meter.read()
    assert start.cpu_j is not None
    assert end.cpu_j is not None
    assert end.cpu_time_s > start.cpu_time_s
    assert end.cpu_j - start.cpu_j == pytest.approx(watts * (end.cpu_time_s - start.cpu_time_s))
    meter.close()


@pytest.mark.parametrize(
    ("fitted", "selected", "bounded"), [(False, None, True), (True, None, False), (True, "", True)]
)
def test_a_gpu_that_cannot_be_read_is_absent_and_bounds_nothing(
    fitted: bool, selected: str | None, bounded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(opening, "gpus", lambda conf: [])
    monkeypatch.setattr(opening, "has_gpu", lambda: fitted)
    conf = NOTHING_CONFIGURED if selected is None else configured(gpu_ids=selected)
    meter = open_meter(Request(frozenset({"gpu"})), conf)
    meter.close()
    info = meter.infos["gpu"]
    assert info.provenance is Provenance.ABSENT
    assert meter.host_totals().gpu_j is None
    assert bounded is (info.accuracy is None)


def test_what_is_opened_has_its_accuracy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "rapl_domains", lambda conf: [])
    for values, expected in (({"force_cpu_power": "65"}, TDP_KNOWN), ({}, None)):
        meter = open_meter(Request(frozenset({"cpu", "ram"})), configured(**values))
        meter.close()
        assert meter.infos["ram"].accuracy == RAM_CONSTANT
        assert meter.infos["cpu"].accuracy in (
            [expected] if expected else [TDP_KNOWN, CHIP_UNKNOWN]
        )
