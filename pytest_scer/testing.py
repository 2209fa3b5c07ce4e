"""A simulated meter for users who test their budgets, and for this package's own tests.

Put ``pytest_plugins = ["pytest_scer.testing"]`` into the top ``conftest.py``: every reading then
comes from a :class:`SimulatedMeter`, which the fixture ``simulated_meter`` hands out.
"""

from __future__ import annotations

from typing import Final

import pytest

from pytest_scer.core.intensity import CarbonIntensity
from pytest_scer.meters.simulated import SimulatedMeter

__all__ = ["SIMULATED_INTENSITY", "SimulatedMeter", "simulated_meter"]

SIMULATED_INTENSITY: Final = CarbonIntensity(
    360.0, "simulated grid", "pytest_scer.testing", "fixed"
)
"""360 g per kWh: a joule is 0.1 mg."""

_METER: Final = pytest.StashKey[SimulatedMeter]()


def pytest_scer_meter(config: pytest.Config) -> SimulatedMeter:
    """The simulated meter of this process; it spends nothing until it is told to."""
    return config.stash.setdefault(_METER, SimulatedMeter())


def pytest_scer_carbon_intensity() -> CarbonIntensity:
    """A grid with round numbers."""
    return SIMULATED_INTENSITY


@pytest.fixture(scope="session")
def simulated_meter(request: pytest.FixtureRequest) -> SimulatedMeter:
    """The meter that this session reads: ``simulated_meter.spend(cpu=5)`` uses 5 J."""
    return request.config.stash.setdefault(_METER, SimulatedMeter())
