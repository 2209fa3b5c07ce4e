"""A session in which only a test can still ask to be measured."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import pytest

from pytest_scer.sessions.fixture import is_used_by

if TYPE_CHECKING:
    from pytest_scer.carbon import Carbon
    from pytest_scer.sessions.local import Local


class Dormant:
    """Waits for a test that asks to be measured; until then nothing heavy is imported."""

    def __init__(self, config: pytest.Config) -> None:
        """Wait for collection.

        Args:
            config: The pytest config object.
        """
        self._config = config

    @cached_property
    def _local(self) -> Local:
        from pytest_scer.config.settings import Settings
        from pytest_scer.sessions.local import Local

        local = Local(self._config, Settings.from_pytest_config(self._config))
        self._config.pluginmanager.register(local, "scer-local")
        return local

    def carbon(self) -> Carbon:
        """Return what the ``carbon`` fixture is for the running test."""
        return self._local.carbon()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Wake if a test has a marker or uses the fixture."""
        if any(_asks(item) for item in session.items):
            self._local.pytest_collection_finish(session)


def _asks(item: pytest.Item) -> bool:
    return is_used_by(item) or item.get_closest_marker("scer") is not None
