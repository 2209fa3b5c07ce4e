"""GPUs under xdist: a worker that is the only one to see a device is charged for all of it.

Workers announce which GPUs they see with empty files in a directory shared by the workers of one
host. pytest-xdist schedules the first test only after all workers have collected, and so announced
their GPUs.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Collection
from pathlib import Path

import psutil
import pytest

from pytest_scer.meters.hardware import HardwareMeter
from pytest_scer.workers.hosts import shared_path


class GpuRegistry:
    """Which processes of a host see which GPU."""

    def __init__(self, directory: Path) -> None:
        """Register nothing yet.

        Args:
            directory: The same for all processes; created by the first to enter.
        """
        self._directory = directory

    def enter(self, gpus: Collection[int]) -> None:
        """Register the GPUs that this process sees, by index."""
        self._directory.mkdir(exist_ok=True)
        for index in gpus:
            (self._directory / f"{os.getpid()}-{index}").touch()

    def sharers(self, gpus: Collection[int]) -> int:
        """The number of live processes that see one of these GPUs: the maximum over them."""
        seen = Counter(int(name.rpartition("-")[2]) for name in self._live_entries())
        return max(1, *(seen[index] for index in gpus))

    def leave(self) -> None:
        """Remove this process's entries; the last process removes the directory."""
        for entry in self._directory.glob(f"{os.getpid()}-*"):
            entry.unlink(missing_ok=True)
        if not self._live_entries():
            shutil.rmtree(self._directory, ignore_errors=True)

    def _live_entries(self) -> list[str]:
        try:
            names = os.listdir(self._directory)
        except FileNotFoundError:
            return []
        return [name for name in names if psutil.pid_exists(int(name.partition("-")[0]))]


class OwnGpus:
    """Determines, before a worker's first test, how many workers share its GPUs."""

    def __init__(self, config: pytest.Config, meter: HardwareMeter, session_id: str) -> None:
        """Register the GPUs that this worker sees.

        Args:
            config: The pytest config object of the worker.
            meter: The meter of the worker.
            session_id: An ID that all workers of the session share.

        Raises:
            OSError: The files cannot be written.
        """
        self._meter = meter
        self._gpus = [index for index, _ in meter.infos["gpu"].devices]
        self._registry = GpuRegistry(shared_path(session_id, "gpus"))
        self._registry.enter(self._gpus)
        config.add_cleanup(self._registry.leave)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        """Count once, before the first test: all workers have registered by now."""
        self._meter.share_gpus(self._registry.sharers(self._gpus))
        item.config.pluginmanager.unregister(self)
