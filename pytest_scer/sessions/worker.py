"""A worker of pytest-xdist, which runs and records tests and meters its own processes."""

from __future__ import annotations

import os
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_scer.baseline.fingerprint import Fingerprint
from pytest_scer.config.settings import Settings
from pytest_scer.core.intensity import CarbonIntensity
from pytest_scer.core.text import printable
from pytest_scer.meters.base import Meter
from pytest_scer.meters.hardware import HardwareMeter
from pytest_scer.nodeids import plain
from pytest_scer.recording.metering import Metered, Metering
from pytest_scer.recording.recorder import Recorder
from pytest_scer.recording.result_line import is_verbose
from pytest_scer.recording.serving import OnDemand
from pytest_scer.recording.session_time import start_on_this_clock, unix_time_s
from pytest_scer.report.files import reason
from pytest_scer.report.model import Idle
from pytest_scer.sessions.fixture import carbon_of, load_for
from pytest_scer.sessions.serving import servers_of
from pytest_scer.workers import messages
from pytest_scer.workers.constant_power import Overlap
from pytest_scer.workers.hosts import Seat, totals_to_report
from pytest_scer.workers.shared_directory import SharedDirectory
from pytest_scer.workers.stop_flag import StopFlag
from pytest_scer.workers.turns import Turnstile
from pytest_scer.workers.visible_gpus import OwnGpus

if TYPE_CHECKING:
    from pytest_scer.carbon import Carbon


class Worker:
    """The plugin of a worker process."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        """Register metering and recorder.

        Args:
            config: The pytest config object of the worker.
            settings: The settings of the session.
        """
        worker: dict[str, Any] = config.workerinput  # type: ignore[attr-defined]
        self._seat = Seat(**worker[messages.SEAT])
        self._session_id: str = worker["testrunuid"]
        self._started_s: float | None = None
        if messages.STARTED in worker:
            started_s, sent_s = worker[messages.STARTED]
            self._started_s = start_on_this_clock(started_s, sent_s, unix_time_s())
        self._idle: dict[str, float] | None = worker.get(messages.IDLE)
        if messages.STOP in worker:
            config.pluginmanager.register(StopFlag(Path(worker[messages.STOP])), "scer-stop")
        if settings.uses_baselines:
            self._fingerprint = Fingerprint(**worker[messages.FINGERPRINT])
        self._config = config
        self._settings = settings
        self._metering = Metering(config, settings, concurrent=self._seat.workers)
        config.pluginmanager.register(self._metering, "scer-metering")
        if messages.GRID in worker:
            self._metering.known_intensity = CarbonIntensity(**worker[messages.GRID])
        self.recorder = Recorder(
            settings,
            worker=worker["workerid"],
            host=self._seat.label,
            as_json=True,
            shows_lines=is_verbose(config),
        )
        config.pluginmanager.register(self.recorder, "scer-recorder")
        self._faults: list[tuple[str, str, str]] = []

    def carbon(self) -> Carbon:
        """Return what the ``carbon`` fixture is for the running test."""
        return carbon_of(self.recorder)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Validate the markers; on a usage error, send it to the controller and run no test.

        If it were raised here, it would become an internal error of the worker.
        """
        try:
            if self._settings.serialize:
                self._wait_for_turns()
            load_for(session.items)
            if self.recorder.check(session.items) or self._settings.measures_every_test:
                metered = self._ready_after_idle()
                self._share_with_other_workers(metered.meter)
                self.recorder.begin(
                    metered,
                    self._metering.progress,
                    started_s=self._started_s,
                    servers=self._servers(metered.meter),
                )
                if self._settings.uses_baselines:
                    from pytest_scer.recording.regressions import RegressionCheck

                    nodeids = {plain(item.nodeid, self._config) for item in session.items}
                    comparing = RegressionCheck.begin(self._settings, self._fingerprint, nodeids)
                    self.recorder.compare(comparing, self._fingerprint.compared)
        except pytest.UsageError as error:
            self._workeroutput[messages.USAGE_ERROR] = printable(str(error))
            session.items.clear()

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Send deselected tests to the controller, which would take them for vanished ones."""
        if self._settings.uses_baselines or self._settings.budgets:
            nodeids = [plain(item.nodeid, self._config) for item in items]
            self._workeroutput.setdefault(messages.DESELECTED, []).extend(nodeids)

    def _ready_after_idle(self) -> Metered:
        """Wait for the meter; the controller measured the idle machine before workers started."""
        self._metering.take_idle(None if self._idle is None else Idle(**self._idle))
        return self._metering.ready()

    @cached_property
    def _shared(self) -> Path:
        """The directory that the workers of this host share.

        Raises:
            OSError: It cannot be created.
        """
        directory = SharedDirectory(self._session_id)
        self._config.add_cleanup(directory.leave)
        return directory.path

    def _wait_for_turns(self) -> None:
        """Run one budgeted test at a time on this host.

        Raises:
            pytest.UsageError: There are no locks here.
        """
        try:
            turnstile = Turnstile(
                self._shared / "turn", self.recorder.is_budgeted, self._note_fault
            )
        except OSError as error:
            raise pytest.UsageError(f"--scer-serialize: not available here: {error}") from None
        self._config.pluginmanager.register(turnstile, "scer-turnstile")

    def _note_fault(self, where: str, fault: str) -> None:
        """Note a fault for the report: what it concerns, and what happened."""
        self._faults.append((self._seat.label, where, fault))

    def _share_with_other_workers(self, meter: Meter) -> None:
        """Share constant power and GPUs with the other workers; without shared files, evenly."""
        if not isinstance(meter, HardwareMeter) or self._seat.workers == 1:
            return
        register = self._config.pluginmanager.register
        try:
            path = self._shared / "clock"
            overlap = Overlap(self._config, meter, path, waits=self._settings.serialize)
            register(overlap, "scer-overlap")
            if meter.shares_gpus:
                register(OwnGpus(self._config, meter, self._shared / "gpus"), "scer-own-gpus")
        except OSError as error:
            if sys.platform != "win32":  # where the report says so in any case
                self._note_fault("workers", f"they share power evenly: {reason(error)}")

    def _servers(self, meter: Meter) -> OnDemand:
        """The servers that tests call. The controller meters its own children, and no others."""
        session = (os.getppid(),) if self._seat.is_child else ()
        return servers_of(self._config, meter, session, reports=self._seat.is_child)

    @property
    def _workeroutput(self) -> dict[str, Any]:
        output: dict[str, Any] = self._config.workeroutput  # type: ignore[attr-defined]
        return output

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Send what no report has delivered."""
        rest = self.recorder.rest()
        rest["faults"] = [*rest.get("faults", ()), *self._faults]
        self._workeroutput[messages.REST] = rest
        self._workeroutput[messages.WARNINGS] = list(self._metering.warnings)
        if self._settings.measures_every_test and messages.USAGE_ERROR not in self._workeroutput:
            metered = self._metering.ready()
            totals = metered.meter.host_totals()
            late = metered.meter.faults()  # since the last test
            rest["faults"] += [(self._seat.label, "workers", fault) for fault in late]
            reported = totals_to_report(self._seat, totals, metered.infos)
            self._workeroutput[messages.HOST] = reported
