"""Constant power under xdist: the tests that run at the same time share each second."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from pytest_scer.meters.hardware import HardwareMeter
from pytest_scer.workers.hosts import path_in_common
from pytest_scer.workers.shared_clock import SharedClock


class Overlap:
    """Charges the tests of a worker their part of the constant power."""

    def __init__(self, config: pytest.Config, meter: HardwareMeter, session_id: str) -> None:
        """Take a seat at the clock of this host's workers.

        Args:
            config: The pytest config object of the worker.
            meter: The worker's.
            session_id: The same for all workers of the session, whatever the user chose.

        Raises:
            OSError: They cannot have such a clock.
        """
        self._clock = SharedClock(path_in_common(session_id, "clock"))
        meter.share_constant(self._clock.seconds)
        config.add_cleanup(self._clock.leave)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        """Take part while a test runs, and not while it waits for its turn."""
        self._clock.begin()
        try:
            return (yield)
        finally:
            self._clock.end()
