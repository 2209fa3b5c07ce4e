"""Charged by CPU time: whose are the joules of a counter that counts the whole machine?"""

from __future__ import annotations

import pytest

from pytest_scer.meters.counters import Counter, SteppedComponent

WATTS = 50.0


class Device:
    """Draws a constant power on a clock of its own."""

    name = "package-0"
    limit_w = 150.0
    wraps_at_j = None
    resolution_s = 1e-3
    steps = False

    def __init__(self) -> None:
        self.now_s = 0.0

    def read_j(self) -> float:
        return WATTS * self.now_s


@pytest.mark.parametrize(
    ("own_s", "machine_s", "share"),
    [
        (1.0, 1.0, 1.0),  # alone and busy
        (1.0, 2.0, 0.5),  # beside a neighbour
        (0.5, 0.5, 0.5),  # alone, asleep for half of the time
        (0.001, 0.0, 0.001),  # asleep, and too little for the machine's clock to tell
        (0.0, 2.0, 0.0),  # asleep beside neighbours
    ],
)
def test_the_share_of_a_process(own_s: float, machine_s: float, share: float) -> None:
    """Own and machine's CPU seconds are those of each second."""
    device = Device()
    component = SteppedComponent(
        [Counter(device)], machine_cpu_time_s=lambda: machine_s * device.now_s
    )
    told = []
    for step in range(201):  # ten seconds, a look every 50 ms
        device.now_s = step * 0.05
        told.append(component.tell(device.now_s, own_s * device.now_s, force=True))
    charged_j = told[-1] - told[20]
    assert charged_j == pytest.approx(share * WATTS * 9, rel=0.03)
    assert told == sorted(told)
