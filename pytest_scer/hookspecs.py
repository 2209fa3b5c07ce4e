"""Hooks that pytest-scer calls; other plugins and ``conftest.py`` files may implement them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_scer.core.intensity import CarbonIntensity
    from pytest_scer.core.judgement import Judgement
    from pytest_scer.findings.rule import Rule
    from pytest_scer.meters.base import Meter
    from pytest_scer.report.model import Environment, Report


@pytest.hookspec(firstresult=True)
def pytest_scer_meter(config: pytest.Config) -> Meter | None:
    """Return a meter for this process, instead of the one for the detected hardware.

    Called once in each process when the plugin wakes. The first result that is not None is used.
    The provenance of each component decides how much its figures are assumed to differ between
    sessions; with ``simulated``, not at all.

    Args:
        config: The pytest config object.
    """


@pytest.hookspec(firstresult=True)
def pytest_scer_carbon_intensity(config: pytest.Config) -> CarbonIntensity | None:
    """Return the carbon intensity of the electricity, instead of the one that is looked up.

    Args:
        config: The pytest config object.
    """


@pytest.hookspec
def pytest_scer_environment(config: pytest.Config, environment: Environment) -> None:
    """Add to the environment section of the report, for example the version of a model server.

    Args:
        config: The pytest config object.
        environment: The section; change it in place.
    """


@pytest.hookspec
def pytest_scer_budget_judged(item: pytest.Item, judgement: Judgement) -> None:
    """Called for each judged budget of a test, before the budget can fail the test.

    Args:
        item: The test.
        judgement: Budget, figure and verdict.
    """


@pytest.hookspec
def pytest_scer_finding_rules(config: pytest.Config) -> Iterable[Rule]:  # type: ignore[empty-body]
    """Return rules that find something in a report: functions that yield findings.

    Called once, at the end of the session. A rule gets the complete report and must not change it.
    A rule that fails adds a warning to the report.

    Args:
        config: The pytest config object.
    """


@pytest.hookspec
def pytest_scer_report(config: pytest.Config, report: Report) -> None:
    """Called with the complete report, before it is printed and written.

    If it raises an exception, a warning says so, the report is printed and written all the same,
    and a session that would have exited with 0 exits with 3.

    Args:
        config: The pytest config object.
        report: The report; change it in place.
    """
