"""GPUs without an energy counter: their power, integrated over time."""

from __future__ import annotations

import threading

import pytest

from pytest_scer.meters.base import LostJoules, MeterFault
from pytest_scer.meters.devices import GpuPower, PowerSampler
from pytest_scer.system import System


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
