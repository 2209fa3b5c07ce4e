"""Hooks that pytest-scer calls; other plugins and ``conftest.py`` files may implement them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_scer.core.budget import Judgement
    from pytest_scer.core.intensity import CarbonIntensity
    from pytest_scer.meters.base import Meter
    from pytest_scer.report.model import Environment, Report


@pytest.hookspec(firstresult=True)
def pytest_scer_meter(config: pytest.Config) -> Meter | None:
    """Give the meter of this process instead of the one over the hardware that was found.

    Called once in each process when the plugin wakes; the first answer that is not None counts.

    Args:
        config: The pytest config object.
    """


@pytest.hookspec(firstresult=True)
def pytest_scer_carbon_intensity(config: pytest.Config) -> CarbonIntensity | None:
    """Give the carbon intensity of the electricity instead of the one that is looked up.

    Args:
        config: The pytest config object.
    """


@pytest.hookspec
def pytest_scer_environment(config: pytest.Config, environment: Environment) -> None:
    """Add to the report's environment section, for instance the version of a model server.

    Args:
        config: The pytest config object.
        environment: The section, which may be changed.
    """


@pytest.hookspec
def pytest_scer_budget_judged(item: pytest.Item, judgement: Judgement) -> None:
    """Told of each budget of a test that was judged, before the test fails for it.

    Args:
        item: The test.
        judgement: Budget, figure and verdict.
    """


@pytest.hookspec
def pytest_scer_report(config: pytest.Config, report: Report) -> None:
    """Told of the report when it is complete, before it is printed and written.

    Args:
        config: The pytest config object.
        report: The report, which may be changed.
    """
