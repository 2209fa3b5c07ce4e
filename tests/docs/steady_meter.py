"""A plugin of the pages' sessions that are held against each other: their tests cost the same.

Whether a command ends with a regression would else be up to who uses the machine beside it. So
time here is the number of times that somebody looked at the clock, and the power is constant.
"""

from __future__ import annotations

from itertools import count

import pytest

from pytest_scer.testing import SimulatedMeter

_METER = pytest.StashKey[SimulatedMeter]()


def pytest_scer_meter(config: pytest.Config) -> SimulatedMeter:
    """The meter of this process, of four hardware threads and their memory."""
    if _METER not in config.stash:
        looks = count()
        config.stash[_METER] = SimulatedMeter(
            {"cpu": 16.0, "ram": 20.0}, clock=lambda: 1e-3 * next(looks)
        )
    return config.stash[_METER]
