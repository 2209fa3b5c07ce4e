"""The controller of pytest-xdist, which collects the workers' records.

A worker meters its own processes. The controller meters its whole process tree, including the
workers, so the session's total is measured once, however many workers there are.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import asdict
from typing import Any

import pytest

from pytest_scer.baseline.fingerprint import Fingerprint
from pytest_scer.collecting.collector import Collector
from pytest_scer.collecting.repeats import about_repeats
from pytest_scer.config.settings import Settings
from pytest_scer.integrations import plugins as integrations
from pytest_scer.nodeids import plain
from pytest_scer.recording.metering import Metering
from pytest_scer.recording.reports import FromOtherProcesses, InReportLogs
from pytest_scer.recording.session_time import unix_time_s
from pytest_scer.workers import messages
from pytest_scer.workers.hosts import Hosts
from pytest_scer.workers.shared_directory import SharedDirectory
from pytest_scer.workers.stop_flag import StopFlag


class Controller:
    """The plugin of the process that distributes tests to workers."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        """Register the metering and, if every test is measured, the collector.

        Args:
            config: The pytest config object.
            settings: The settings of the session.
        """
        self._config = config
        self._settings = settings
        self._usage_error: str | None = None
        self._hosts: Hosts | None = None
        self._shared: SharedDirectory | None = None
        # Metered in the same way as the workers, because the report describes this meter.
        workers = len(config.getoption("tx")) or 1
        self._metering = Metering(config, settings, concurrent=workers, runs_tests=False)
        config.pluginmanager.register(self._metering, "scer-metering")
        integrations.register(config, settings)
        self._collector: Collector | None = None
        if settings.measures_every_test:
            self._collector = Collector(config, settings)
            config.pluginmanager.register(self._collector, "scer-collector")
            readable = FromOtherProcesses(self._collector.expand)
            config.pluginmanager.register(readable, "scer-records")
            config.pluginmanager.register(InReportLogs(), "scer-report-logs")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Start metering early, to include the start of the workers."""
        if self._collector is not None:
            self._metering.start()

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_setupnodes(self, specs: Any) -> None:
        """Learn the hosts of the workers."""
        self._hosts = Hosts(specs)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Send a worker its place and what was determined once for the whole session."""
        assert self._hosts is not None
        seat = self._hosts.seat(node.gateway.spec, node.gateway.id)
        node.workerinput[messages.SEAT] = asdict(seat)
        self._share(node)
        if self._settings.online:
            node.workerinput[messages.GRID] = asdict(self._metering.ready().carbon_intensity)
        if self._collector is not None:
            started_s = self._collector.started_at.timestamp()
            node.workerinput[messages.STARTED] = [started_s, unix_time_s()]
        if self._settings.uses_baselines:
            assert self._collector is not None  # it measures every test
            infos = self._metering.ready().infos
            workers = node.workerinput["workercount"]
            fingerprint = Fingerprint.of(self._collector.environment(infos), infos, workers)
            node.workerinput[messages.FINGERPRINT] = asdict(fingerprint)
        if self._settings.idle:
            idle = self._metering.ready_after_idle().idle
            node.workerinput[messages.IDLE] = None if idle is None else asdict(idle)

    def _share(self, node: Any) -> None:
        """Create the directory that the workers of this host share, before the first of them.

        Raises:
            pytest.UsageError: It cannot be created, but is needed.
        """
        if self._collector is None:
            return
        if self._shared is None:
            try:
                self._shared = SharedDirectory(node.workerinput["testrunuid"])
            except OSError as error:
                if self._settings.stop:
                    raise pytest.UsageError(f"--scer-stop: not available here: {error}") from None
                return
        if self._settings.stop:
            flag = StopFlag(self._shared.path / "stop")
            self._collector.stop_workers = flag.set
            node.workerinput[messages.STOP] = str(flag.path)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """Wait for the meter, which validates the place; raise usage errors found by workers."""
        if self._collector is not None:
            self._metering.ready()
            self._announce_repeats()
        result = yield
        if self._usage_error is not None:
            if self._collector is not None:
                self._collector.discard()
            raise pytest.UsageError(self._usage_error)
        return result

    def _announce_repeats(self) -> None:
        """Say how long measuring again may take; pytest-xdist collects nothing here."""
        text = about_repeats(self._settings, workers=len(self._config.getoption("tx")) or 1)
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if text is not None and terminal is not None and terminal.verbosity >= 0:
            terminal.write_line(text)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        """Start collecting as soon as the tests are known."""
        if self._collector is not None:
            workers = node.workerinput["workercount"]
            nodeids = [plain(nodeid, self._config) for nodeid in ids]
            self._collector.begin(self._metering.ready_after_idle(), nodeids, workers, self._hosts)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add what a worker sends when it ends."""
        output = getattr(node, "workeroutput", None) or {}
        self._usage_error = self._usage_error or output.get(messages.USAGE_ERROR)
        self._metering.warnings_of_workers += output.get(messages.WARNINGS, ())
        if self._hosts is not None:
            self._hosts.gone(node.gateway.id, output.get(messages.HOST))
        if self._collector is not None:
            self._collector.take_extras(output.get(messages.REST, {}))
            self._collector.deselect(output.get(messages.DESELECTED, ()))

    def pytest_unconfigure(self) -> None:
        """Remove the files that the workers shared."""
        if self._shared is not None:
            self._shared.leave(last=True)
