"""Devices: the counter of a RAPL domain when tests close descriptors or the driver is reloaded, and
the power of GPUs without a counter."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from pytest_scer.meters.base import LostJoules, MeterFault
from pytest_scer.meters.devices import GpuPower, PowerSampler, RaplDomain
from pytest_scer.system import System

pytestmark = pytest.mark.skipif(not hasattr(os, "pread"), reason="no such counters")


@pytest.fixture
def counter(tmp_path: Path) -> Path:
    path = tmp_path / "energy_uj"
    path.write_text("5000000")
    return path


def test_it_goes_on_when_its_descriptor_was_closed(counter: Path) -> None:
    domain = RaplDomain("package-0", str(counter), None)
    os.close(domain._file.descriptor)
    assert domain.read_j() == 5
    domain.close()


def test_a_file_that_took_its_descriptor_is_left_alone(counter: Path, tmp_path: Path) -> None:
    domain = RaplDomain("package-0", str(counter), None)
    os.close(domain._file.descriptor)
    other = os.open(tmp_path / "other", os.O_CREAT | os.O_RDWR)
    os.write(other, b"77")
    assert other == domain._file.descriptor
    assert domain.read_j() == 5
    domain.close()
    assert os.pread(other, 10, 0) == b"77"
    os.close(other)


def test_it_closes_no_descriptor_of_others(counter: Path, tmp_path: Path) -> None:
    domain = RaplDomain("package-0", str(counter), None)
    os.close(domain._file.descriptor)
    other = os.open(tmp_path / "other", os.O_CREAT | os.O_RDWR)
    domain.close()
    domain.close()
    os.close(other)  # raises if it was closed


def test_a_counter_that_is_gone_is_a_fault_until_it_returns(counter: Path) -> None:
    domain = RaplDomain("package-0", str(counter), None)
    os.close(domain._file.descriptor)
    counter.unlink()
    for _ in range(2):
        with pytest.raises(MeterFault, match=r"package-0: .*No such file"):
            domain.read_j()
    counter.write_text("6000000")
    assert domain.read_j() == 6
    domain.close()


def test_a_counter_that_shows_no_number_is_a_fault(counter: Path) -> None:
    domain = RaplDomain("package-0", str(counter), None)
    counter.write_text("nothing")
    with pytest.raises(MeterFault, match="package-0: the counter reads 'nothing'"):
        domain.read_j()
    domain.close()


class Board:
    """A GPU with a clock: each reading of its power takes a second."""

    def __init__(self, *powers_w: float | None) -> None:
        self._powers_w = iter(powers_w)
        self.now_s = 0.0

    def power_w(self) -> float:
        self.now_s += 1.0
        power_w = next(self._powers_w)
        if power_w is None:
            raise OSError("the board is gone")
        return power_w


def counted(board: Board, monkeypatch: pytest.MonkeyPatch) -> GpuPower:
    monkeypatch.setattr(System, "perf_counter", lambda: board.now_s)
    return GpuPower("GPU 0", board.power_w, None)


def test_power_is_integrated_by_the_trapezoidal_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = counted(Board(100.0, 200.0, 200.0), monkeypatch)
    gpu.sample()
    # The clock is read before the first sample, a second earlier than it was taken.
    assert gpu.read_j() == 2 * 150.0 + 200.0


def test_what_was_not_sampled_is_lost_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = counted(Board(100.0, None, None, 100.0, 100.0), monkeypatch)
    gpu.sample()
    with pytest.raises(MeterFault, match="GPU 0: the board is gone"):
        gpu.read_j()
    with pytest.raises(LostJoules):
        gpu.read_j()
    assert gpu.read_j() == 100.0


def test_one_thread_samples_all_gpus_until_it_is_closed() -> None:
    sampled = [threading.Event(), threading.Event()]

    def gpu(event: threading.Event) -> GpuPower:
        made = GpuPower("GPU", lambda: 1.0, None)
        made.sample = event.set  # type: ignore[method-assign]
        return made

    def threads() -> list[threading.Thread]:
        return [each for each in threading.enumerate() if each.name == "pytest-scer GPU power"]

    sampler = PowerSampler([gpu(event) for event in sampled])
    assert len(threads()) == 1
    assert all(event.wait(timeout=60) for event in sampled)
    sampler.close()
    assert not threads()
