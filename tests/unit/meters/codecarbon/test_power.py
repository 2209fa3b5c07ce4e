"""Power of a hardware thread."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest

from pytest_scer.meters.codecarbon import power
from pytest_scer.meters.codecarbon.configuration import Configuration
from pytest_scer.meters.codecarbon.power import ram_w, thread_w

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
    monkeypatch.setattr(power, "logical_cpus", lambda: logical)
    found, why, is_known = thread_w(NOTHING_CONFIGURED)
    assert found == pytest.approx(watts)
    assert why
    assert is_known == (watts != 4.0)


def test_a_process_has_the_power_that_codecarbon_gives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process mode: TDP x CPU seconds / wall seconds / threads."""
    monkeypatch.setattr(power, "logical_cpus", lambda: 2)
    cpu_s = wall_s = 2.0
    assert thread_w(configured(force_cpu_power="8")).watts * cpu_s / wall_s == 4.0


def test_the_users_cpu_power_is_that_of_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(power, "logical_cpus", lambda: 8)
    found, why, is_known = thread_w(configured(force_cpu_power="120"))
    assert found == 15.0
    assert "a file" in why
    assert is_known


def test_codecarbon_is_asked_once_about_a_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [thread_w(NOTHING_CONFIGURED), ram_w(NOTHING_CONFIGURED)]

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("CodeCarbon is asked again")

    monkeypatch.setattr(power, "_thread_of", refuse)
    monkeypatch.setattr(power, "_ram", refuse)
    assert [thread_w(NOTHING_CONFIGURED), ram_w(NOTHING_CONFIGURED)] == asked
    monkeypatch.setattr(power, "cpu_model", lambda: "another")
    with pytest.raises(AssertionError, match="again"):
        thread_w(NOTHING_CONFIGURED)
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    with pytest.raises(AssertionError, match="again"):
        ram_w(NOTHING_CONFIGURED)


@pytest.mark.parametrize("watts", [0.0, -4.0, math.nan, math.inf, "4", None, True])
def test_what_is_no_power_is_asked_for_again(watts: object) -> None:
    thread, ram = thread_w(NOTHING_CONFIGURED), ram_w(NOTHING_CONFIGURED)
    for path in Path(os.environ["XDG_CACHE_HOME"]).glob("*/*.json"):
        kept = json.loads(path.read_text())
        kept["answer"][0] = watts
        path.write_text(json.dumps(kept))
    assert thread_w(NOTHING_CONFIGURED) == thread
    assert ram_w(NOTHING_CONFIGURED) == ram
