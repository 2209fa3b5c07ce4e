"""GPUs under xdist: a worker that is the only one to see a device is charged for all of it.

Workers announce which GPUs they see with empty files in a directory shared by the workers of one
host. pytest-xdist schedules the first test only after all workers have collected, and so announced
their GPUs.
"""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Final

import psutil
import pytest

from pytest_scer.meters.hardware import HardwareMeter

_ENTRY: Final = re.compile(r"(\d{1,9})-(\d{1,9})")
"""The name of an entry: process ID and index of the GPU."""


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
        self._directory.mkdir(mode=0o700, exist_ok=True)
        for index in gpus:
            (self._directory / f"{os.getpid()}-{index}").touch()

    def sharers(self, gpus: Collection[int]) -> int:
        """The number of live processes that see one of these GPUs: the maximum over them."""
        seen = Counter(index for _, index in self._live_entries())
        return max(1, *(seen[index] for index in gpus))

    def leave(self) -> None:
        """Remove this process's entries; the last process removes the directory."""
        for entry in self._directory.glob(f"{os.getpid()}-*"):
            entry.unlink(missing_ok=True)
        if not self._live_entries():
            shutil.rmtree(self._directory, ignore_errors=True)

    def _live_entries(self) -> list[tuple[int, int]]:
        """Process ID and GPU of each entry of a live process."""
        try:
            names = os.listdir(self._directory)
        except OSError:
            return []
        entries = [
            (int(found[1]), int(found[2])) for found in map(_ENTRY.fullmatch, names) if found
        ]
        return [entry for entry in entries if psutil.pid_exists(entry[0])]


class OwnGpus:
    """Determines, before a worker's first test, how many workers share its GPUs."""

    def __init__(self, config: pytest.Config, meter: HardwareMeter, directory: Path) -> None:
        """Register the GPUs that this worker sees.

        Args:
            config: The pytest config object of the worker.
            meter: The meter of the worker.
            directory: The directory for the entries of all workers.

        Raises:
            OSError: The files cannot be written.
        """
        self._meter = meter
        self._gpus = [index for index, _ in meter.infos["gpu"].devices]
        self._registry = GpuRegistry(directory)
        self._registry.enter(self._gpus)
        config.add_cleanup(self._registry.leave)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        """Count once, before the first test: all workers have registered by now."""
        self._meter.share_gpus(self._registry.sharers(self._gpus))
        item.config.pluginmanager.unregister(self)
