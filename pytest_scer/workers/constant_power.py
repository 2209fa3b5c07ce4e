"""Constant power under xdist: tests that run at the same time share it equally."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from pytest_scer.meters.hardware import HardwareMeter
from pytest_scer.workers.hosts import shared_path
from pytest_scer.workers.shared_clock import SharedClock


class Overlap:
    """Charges each test of a worker its share of the constant power."""

    def __init__(self, config: pytest.Config, meter: HardwareMeter, session_id: str) -> None:
        """Join the shared clock of this host's workers.

        Args:
            config: The pytest config object of the worker.
            meter: The meter of the worker.
            session_id: An ID that all workers of the session share.

        Raises:
            OSError: A shared clock is not possible here.
        """
        self._clock = SharedClock(shared_path(session_id, "clock"))
        meter.share_constant(self._clock.seconds)
        config.add_cleanup(self._clock.leave)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        """Count the test while it runs, but not while it waits for its turn."""
        self._clock.begin()
        try:
            return (yield)
        finally:
            self._clock.end()
