"""Constant power under xdist: tests that run at the same time share it equally."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path

import pytest

from pytest_scer.meters.hardware import HardwareMeter
from pytest_scer.report.files import reason
from pytest_scer.workers.shared_clock import SharedClock


class Overlap:
    """Charges each test of a worker its share of the constant power."""

    def __init__(
        self, config: pytest.Config, meter: HardwareMeter, path: Path, *, waits: bool
    ) -> None:
        """Join the shared clock of this host's workers.

        Args:
            config: The pytest config object of the worker.
            meter: The meter of the worker.
            path: The file of the clock.
            waits: Whether tests may wait between two of them for their turn.

        Raises:
            OSError: A shared clock is not possible here.
        """
        self._meter = meter
        self._waits = waits
        self._runs = False
        self._clock = SharedClock(path)
        meter.share_constant(self._clock.seconds)
        config.add_cleanup(self._leave)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_protocol(
        self, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        """Count this worker while it runs tests, but not while they wait for their turn.

        Between two tests that follow on each other it still counts: to leave the clock and join it
        again, with a lock each time, takes longer than what pytest does there.
        """
        if not self._runs:
            self._runs = True
            self._tell(self._clock.begin)
        try:
            return (yield)
        finally:
            if nextitem is None or self._waits:
                self._runs = False
                self._tell(self._clock.end)

    def _tell(self, change: Callable[[], None]) -> None:
        """Change the clock. Once that fails, nobody knows what share this worker has."""
        try:
            change()
        except OSError as error:
            self._meter.lose_constant(f"the clock that the workers share failed: {reason(error)}")

    def _leave(self) -> None:
        with suppress(OSError):
            self._clock.leave()
