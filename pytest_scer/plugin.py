"""The pytest entry point: options, the ``carbon`` fixture, and the role of this process.

Until something wakes it, the plugin costs next to nothing: the roles import what measures and
reports, and CodeCarbon, torch and pydantic are imported later still.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import pytest

import pytest_scer.system  # noqa: F401 - before a conftest can replace what it holds
from pytest_scer.config.registration import add_options, anything_given

if TYPE_CHECKING:
    from pytest_scer.carbon import Carbon
    from pytest_scer.config.settings import Settings

AB: Final = "PYTEST_SCER_AB"
"""In the environment of a process that ``pytest-scer ab`` started
(``pytest_scer.ab.channel.DESCRIPTOR``, which is not imported for every session)."""
_ROLE: Final = pytest.StashKey[Any]()
_RUNS_NO_TEST: Final = ("collectonly", "setupplan", "showfixtures", "show_fixtures_per_test")

MARKER_LINE: Final = (
    "scer(*budgets, budget=None, phase=None, category=None, model=None, protocol=None, "
    "covers='call', repeats=None, warmup=None, min_time=None, max_time=None, on_exceed='fail', "
    "estimates=False): "
    "measure the energy and CO2e of the test and check them against budgets such as '2 mgCO2e', "
    "'30 J' or '0.1 mg per token' (pytest-scer)"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register every option and key."""
    add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Register the hooks that other plugins may implement."""
    from pytest_scer import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


def pytest_configure(config: pytest.Config) -> None:
    """Validate the settings, and choose the role of this process."""
    config.addinivalue_line("markers", MARKER_LINE)
    settings = _settings(config) if anything_given(config) else None
    if any(config.getoption(name, False) for name in _RUNS_NO_TEST):
        return
    role: object
    if AB in os.environ and (side := _side(config, settings)) is not None:
        role = side
    elif hasattr(config, "workerinput"):
        from pytest_scer.sessions.worker import Worker

        role = Worker(config, settings or _settings(config))
    elif config.getoption("dist", "no") != "no":
        from pytest_scer.sessions.controller import Controller

        role = Controller(config, settings or _settings(config))
    elif settings is not None and settings.measures_every_test:
        from pytest_scer.sessions.local import Local

        role = Local(config, settings)
    else:
        from pytest_scer.sessions.dormant import Dormant

        role = Dormant(config)
    config.pluginmanager.register(role, f"scer-{type(role).__name__.lower()}")
    config.stash[_ROLE] = role


def _side(config: pytest.Config, settings: Settings | None) -> object | None:
    """The role of a process that ``pytest-scer ab`` started; None where it was another's."""
    from pytest_scer.ab.channel import Channel
    from pytest_scer.ab.loop import Loop

    channel = Channel.inherited()
    return None if channel is None else Loop(config, settings or _settings(config), channel)


def _settings(config: pytest.Config) -> Settings:
    from pytest_scer.config.settings import Settings

    return Settings.from_pytest_config(config)


@pytest.fixture
def carbon(request: pytest.FixtureRequest) -> Carbon:
    """Measure parts of a test: ``carbon(fn)``, ``carbon.measure(name)``, ``carbon.count(...)``."""
    # The role makes it, without an import: fixtures of the test may have replaced what imports.
    made: Carbon = request.config.stash[_ROLE].carbon()
    return made
