"""GPUs under xdist: a worker that sees a device of its own is charged for all of it.

Workers tell each other which GPUs they see, by empty files in a directory that those of one host
share. All of them have collected, and told, before the first is handed a test.
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
from pytest_scer.workers.hosts import path_in_common


class Roll:
    """Who of the processes of a host sees which GPU."""

    def __init__(self, directory: Path) -> None:
        """Nobody has told yet.

        Args:
            directory: The same for all of them; made when the first one tells.
        """
        self._directory = directory

    def enter(self, gpus: Collection[int]) -> None:
        """Tell which GPUs this process sees, by their index."""
        self._directory.mkdir(exist_ok=True)
        for index in gpus:
            (self._directory / f"{os.getpid()}-{index}").touch()

    def sharers(self, gpus: Collection[int]) -> int:
        """How many live processes see one of these GPUs: the most there are for any of them."""
        seen = Counter(int(name.rpartition("-")[2]) for name in self._live_entries())
        return max(1, *(seen[index] for index in gpus))

    def leave(self) -> None:
        """See none any more; the last one removes the directory."""
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
    """Settles, before a worker's first test, how many workers share its GPUs."""

    def __init__(self, config: pytest.Config, meter: HardwareMeter, session_id: str) -> None:
        """Tell which GPUs this worker sees.

        Args:
            config: The pytest config object of the worker.
            meter: The worker's.
            session_id: The same for all workers of the session, whatever the user chose.

        Raises:
            OSError: It cannot be told.
        """
        self._meter = meter
        self._gpus = [index for index, _ in meter.infos["gpu"].devices]
        self._roll = Roll(path_in_common(session_id, "gpus"))
        self._roll.enter(self._gpus)
        config.add_cleanup(self._roll.leave)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        """All workers have told by now: look once."""
        self._meter.share_gpus(self._roll.sharers(self._gpus))
        item.config.pluginmanager.unregister(self)
