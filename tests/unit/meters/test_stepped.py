"""Readings between steps: the share of a process charged by CPU time, and the first readings."""

from __future__ import annotations

import itertools

import pytest

from pytest_scer.meters.base import MeterFault
from pytest_scer.meters.counters import Counter
from pytest_scer.meters.stepped import SteppedComponent
from pytest_scer.system import System

WATTS = 50.0


class Device:
    """A device with a constant draw and its own clock."""

    name = "package-0"
    limit_w = 150.0
    wraps_at_j = None
    resolution_s = 1e-3
    steps = False

    def __init__(self) -> None:
        self.now_s = 0.0
        self.waits_s: list[float] = []

    def clock(self) -> float:
        return self.now_s

    def read_j(self) -> float:
        """Read the count; a positive wait delays the process before it, a negative one after it."""
        wait_s = self.waits_s.pop(0) if self.waits_s else 0.0
        self.now_s += max(wait_s, 0.0)
        count_j = WATTS * self.now_s
        self.now_s += max(-wait_s, 0.0)
        return count_j


@pytest.mark.parametrize(
    ("own_s", "machine_s", "share"),
    [
        (1.0, 1.0, 1.0),  # alone and busy
        (1.0, 2.0, 0.5),  # with another busy process
        (0.5, 0.5, 0.5),  # alone, asleep for half of the time
        (0.001, 0.0, 0.001),  # asleep, using less than a tick of the machine's clock
        (0.0, 2.0, 0.0),  # asleep, with two other busy processes
    ],
)
def test_the_share_of_a_process(own_s: float, machine_s: float, share: float) -> None:
    """The CPU seconds of the process and of the machine are per second of wall time."""
    device = Device()
    component = SteppedComponent(
        [Counter(device, clock=device.clock)],
        machine_cpu_time_s=lambda: machine_s * device.now_s,
    )
    readings_j = []
    for step in range(201):  # ten seconds, polled every 50 ms
        device.now_s = step * 0.05
        readings_j.append(component.read_j(device.now_s, own_s * device.now_s, force=True))
    charged_j = readings_j[-1] - readings_j[20]
    assert charged_j == pytest.approx(share * WATTS * 9, rel=0.03)
    assert readings_j == sorted(readings_j)


@pytest.mark.parametrize(
    "waits_s",
    [
        [0.046],  # preempted between reading the clock and the counter
        [-0.046],
        [0.046, -0.046],
        [0.046] * 9,  # always
        [-0.046] * 9,
    ],
)
def test_a_late_poll_is_repeated_or_its_noise_is_known(waits_s: list[float]) -> None:
    device = Device()
    component = SteppedComponent([Counter(device, clock=device.clock)])
    begun_s = 0.0
    for step in range(20):
        device.now_s = begun_s = step * 0.05
        before_j = component.read_j(begun_s, 0.0, force=True)
    device.now_s = ends_s = begun_s + 0.2
    device.waits_s = waits_s
    after_j = component.read_j(ends_s, 0.0, force=True)
    off_j = abs(after_j - before_j - WATTS * (ends_s - begun_s))
    assert off_j <= component.noise_j
    if len(waits_s) < 3:
        assert component.noise_j == pytest.approx(WATTS * device.resolution_s)


@pytest.mark.parametrize("wait_s", [0.8e-3, -0.8e-3])
def test_a_count_is_dated_to_the_middle_of_its_reading(wait_s: float) -> None:
    device = Device()
    counter = Counter(device, clock=device.clock)
    for step in range(20):
        device.now_s = step * 0.05
        counter.poll()
    device.now_s = ends_s = 1.0
    device.waits_s = [wait_s]
    counter.poll()
    off_j = counter.estimate_j(ends_s) - WATTS * ends_s
    assert abs(off_j) == pytest.approx(WATTS * abs(wait_s) / 2, rel=0.01)


class Waking:
    """A device with a constant draw on its own clock, whose first reads may fail."""

    name = "package-0"
    limit_w = 150.0
    wraps_at_j = None
    resolution_s = 1e-3
    steps = True

    def __init__(self, fails: int = 0) -> None:
        self.now_s = 0.0
        self.fails = fails

    def clock(self) -> float:
        self.now_s += 1e-6
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds

    def read_j(self) -> float:
        if self.fails:
            self.fails -= 1
            raise MeterFault("package-0: not yet")
        return WATTS * self.clock()


@pytest.fixture
def waking(monkeypatch: pytest.MonkeyPatch) -> Waking:
    """One whose clock everybody sees."""
    device = Waking()
    monkeypatch.setattr(System, "perf_counter", device.clock)
    monkeypatch.setattr(System, "sleep", device.sleep)
    return device


@pytest.mark.parametrize("by_cpu_time", [False, True])
def test_the_first_readings_have_a_power_to_go_by(waking: Waking, by_cpu_time: bool) -> None:
    """Told at instants that lie closer than two looks: nothing but the power can tell."""
    component = SteppedComponent(
        [Counter(waking, clock=waking.clock)],
        machine_cpu_time_s=waking.clock if by_cpu_time else None,
    )
    component.warm_up(waking.clock)
    start_s = waking.clock()
    told = [component.read_j(start_s + each * 1e-6, start_s + each * 1e-6) for each in range(5)]
    assert all(after > before for before, after in itertools.pairwise(told))


def test_the_total_begins_where_it_is_told_to(waking: Waking) -> None:
    component = SteppedComponent([Counter(waking, clock=waking.clock)])
    component.warm_up(waking.clock)
    component.begin_total()
    assert component.total_j == 0


def test_a_counter_that_fails_since_it_was_watched_is_named(waking: Waking) -> None:
    waking.fails = 10**9
    counter = Counter(waking, clock=waking.clock)
    counter.poll()
    assert counter.fault is not None
    component = SteppedComponent([counter])
    component.warm_up(waking.clock)
    assert component.faults == ["package-0: not yet"]
