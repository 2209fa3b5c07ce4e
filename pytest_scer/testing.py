"""A simulated meter, for testing your budgets and for this package's own tests.

Put ``pytest_plugins = ["pytest_scer.testing"]`` into the top-level ``conftest.py``. Every reading
then comes from a :class:`SimulatedMeter`, available as the fixture ``simulated_meter``.
"""

from __future__ import annotations

from typing import Final

import pytest

from pytest_scer.core.intensity import CarbonIntensity
from pytest_scer.meters.simulated import SimulatedMeter
from pytest_scer.sources import grids

__all__ = ["SIMULATED_INTENSITY", "SimulatedMeter", "simulated_meter"]

SIMULATED_INTENSITY: Final = CarbonIntensity(
    grids.SIMULATED.value, "simulated grid", "pytest_scer.testing", "fixed"
)
"""360 g per kWh: 1 J is 0.1 mg."""

# The type stands in the annotation only, for the reason that recording/checking.py gives.
_METER: Final[pytest.StashKey[SimulatedMeter]] = pytest.StashKey()


def pytest_scer_meter(config: pytest.Config) -> SimulatedMeter:
    """The simulated meter of this process; it uses no energy until a test tells it to."""
    return config.stash.setdefault(_METER, SimulatedMeter())


def pytest_scer_carbon_intensity() -> CarbonIntensity:
    """The simulated grid, chosen for round numbers."""
    return SIMULATED_INTENSITY


@pytest.fixture(scope="session")
def simulated_meter(request: pytest.FixtureRequest) -> SimulatedMeter:
    """The meter of this session; ``simulated_meter.spend(cpu=5)`` uses 5 J."""
    return request.config.stash.setdefault(_METER, SimulatedMeter())
