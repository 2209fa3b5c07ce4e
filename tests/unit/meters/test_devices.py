"""Devices: the counter of a RAPL domain when tests close descriptors or the driver is reloaded, and
the power of GPUs without a counter."""

from __future__ import annotations

import os
import random
import threading
from bisect import bisect_right
from pathlib import Path

import pytest

from pytest_scer.core.measurement import Measurement, Reading
from pytest_scer.meters.base import LostJoules, MeterFault
from pytest_scer.meters.counters import Counter
from pytest_scer.meters.devices import SAMPLE_EVERY_S, GpuPower, PowerSampler, RaplDomain
from pytest_scer.meters.stepped import SteppedComponent
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


class Bursts:
    """A GPU that draws 40 or 250 W and changes every 10 to 300 ms, with a clock of its own."""

    def __init__(self, chance: random.Random, length_s: float) -> None:
        self.now_s = 0.0
        self._changes_s, self._counts_j = [0.0], [0.0]
        while self._changes_s[-1] < length_s:
            lasts_s = chance.uniform(0.01, 0.3)
            self._counts_j.append(self._counts_j[-1] + self._level_w(len(self._counts_j)) * lasts_s)
            self._changes_s.append(self._changes_s[-1] + lasts_s)

    @staticmethod
    def _level_w(change: int) -> float:
        return 250.0 if change % 2 else 40.0

    def power_w(self) -> float:
        return self._level_w(bisect_right(self._changes_s, self.now_s))

    def truth_j(self) -> float:
        change = bisect_right(self._changes_s, self.now_s)
        since_s = self.now_s - self._changes_s[change - 1]
        return self._counts_j[change - 1] + self._level_w(change) * since_s


@pytest.mark.parametrize("seed", range(5))
def test_the_truth_of_a_power_in_bursts_lies_within_the_uncertainty(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)
    board = Bursts(chance, 130.0)
    monkeypatch.setattr(System, "perf_counter", lambda: board.now_s)
    gpu = GpuPower("GPU 0", board.power_w, 400.0)
    component = SteppedComponent([Counter(gpu, clock=lambda: board.now_s)])
    sampled_s = chance.uniform(0, SAMPLE_EVERY_S)

    def read_after(seconds: float) -> Reading:
        nonlocal sampled_s
        ends_s = board.now_s + seconds
        while sampled_s <= ends_s:
            board.now_s = sampled_s
            gpu.sample()
            sampled_s += SAMPLE_EVERY_S
        board.now_s = ends_s
        joules = component.read_j(ends_s, 0.0)
        return Reading(ends_s, 0.0, None, joules, None, noise_j=component.noise_j)

    for _ in range(60):  # learns the power
        read_after(0.005)
    inside = []
    while board.now_s < 120:
        start, from_j = read_after(0.0), board.truth_j()
        measured = Measurement.between(start, read_after(chance.uniform(0.5, 2.0)))
        assert measured.gpu_j is not None
        assert measured.within_session_j is not None
        off_j = abs(measured.gpu_j - (board.truth_j() - from_j))
        inside.append(off_j <= measured.within_session_j)
    assert sum(inside) >= 0.95 * len(inside)


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
