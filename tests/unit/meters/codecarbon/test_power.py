"""Power of a hardware thread."""

from __future__ import annotations

import pytest

from pytest_scer.meters.codecarbon import power
from pytest_scer.meters.codecarbon.configuration import Configuration
from pytest_scer.meters.codecarbon.power import thread_w

NOTHING_CONFIGURED = Configuration({}, {})


def configured(**values: str) -> Configuration:
    return Configuration(values, dict.fromkeys(values, "a file"))


@pytest.mark.parametrize(
    ("model", "virtual", "logical", "watts"),
    [
        ("AMD EPYC 7763 64-Core Processor", True, 4, 280 / 128),  # not 280 W over 4 threads
        ("AMD EPYC 7763 64-Core Processor", False, 256, 280 / 128),  # a machine with two sockets
        ("Intel(R) Core(TM) i7-8700K CPU @ 3.70GHz", False, 12, 95 / 12),
        (
            "Intel(R) Core(TM) i7-8700K CPU @ 3.70GHz",
            True,
            2,
            4.0,
        ),  # the chip's number of threads is unknown
        ("Intel(R) Xeon(R) Processor", True, 2, 4.0),
        ("", False, 8, 4.0),
    ],
)
def test_watts_of_a_thread(
    model: str, virtual: bool, logical: int, watts: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(power, "cpu_model", lambda: model)
    monkeypatch.setattr(power, "is_virtual", lambda: virtual)
    monkeypatch.setattr(power, "sockets", lambda: 1)
    monkeypatch.setattr("psutil.cpu_count", lambda: logical)
    found, why, is_known = thread_w(NOTHING_CONFIGURED)
    assert found == pytest.approx(watts)
    assert why
    assert is_known == (watts != 4.0)


def test_a_process_has_the_power_that_codecarbon_gives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process mode: TDP x CPU seconds / wall seconds / threads."""
    monkeypatch.setattr("psutil.cpu_count", lambda: 2)
    cpu_s = wall_s = 2.0
    assert thread_w(configured(force_cpu_power="8")).watts * cpu_s / wall_s == 4.0


def test_the_users_cpu_power_is_that_of_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("psutil.cpu_count", lambda: 8)
    found, why, is_known = thread_w(configured(force_cpu_power="120"))
    assert found == 15.0
    assert "a file" in why
    assert is_known
