"""pytest-xdist: tests run in workers, their records meet in the controller.

A worker meters its own processes. The controller meters its process tree, the workers included, so
that the session's total is taken once, whatever the number of workers.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import pytest

from pytest_scer.baseline.fingerprint import Fingerprint
from pytest_scer.core.intensity import CarbonIntensity
from pytest_scer.meters.base import Meter
from pytest_scer.meters.hardware import HardwareMeter
from pytest_scer.nodeids import plain
from pytest_scer.report.model import Idle
from pytest_scer.roles import github
from pytest_scer.roles.collector import Collector
from pytest_scer.roles.comparing import Comparing
from pytest_scer.roles.hosts import Hosts, Seat, tell
from pytest_scer.roles.metering import Metered, Metering
from pytest_scer.roles.others import JsonReport
from pytest_scer.roles.overlap import Overlap
from pytest_scer.roles.own_gpus import OwnGpus
from pytest_scer.roles.recorder import Recorder
from pytest_scer.roles.stopping import StopFlag
from pytest_scer.roles.turnstile import Turnstile
from pytest_scer.settings import Settings

_USAGE_ERROR: Final = "scer_usage_error"
_REST: Final = "scer_rest"
_DESELECTED: Final = "scer_deselected"
_IDLE: Final = "scer_idle"
_SEAT: Final = "scer_seat"
_FINGERPRINT: Final = "scer_fingerprint"
_GRID: Final = "scer_grid"
_STOP: Final = "scer_stop"
_HOST: Final = "scer_host"
_TURN: Final = "scer_turn"


class Worker:
    """The plugin of a worker process."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        """Register what records.

        Args:
            config: The pytest config object of the worker.
            settings: What the user asked for.
        """
        worker: dict[str, Any] = config.workerinput  # type: ignore[attr-defined]
        self._seat = Seat(**worker[_SEAT])
        self._session_id: str = worker["testrunuid"]
        self._idle: dict[str, float] | None = worker.get(_IDLE)
        if _STOP in worker:
            config.pluginmanager.register(StopFlag(Path(worker[_STOP])), "scer-stop")
        if settings.uses_baselines:
            self._fingerprint = Fingerprint(**worker[_FINGERPRINT])
        self._config = config
        self._settings = settings
        self._metering = Metering(config, settings, concurrent=self._seat.workers)
        config.pluginmanager.register(self._metering, "scer-metering")
        if _GRID in worker:
            self._metering.known_intensity = CarbonIntensity(**worker[_GRID])
        self.recorder = Recorder(settings, worker=worker["workerid"], host=self._seat.label)
        config.pluginmanager.register(self.recorder, "scer-recorder")
        if _TURN in worker:
            turnstile = Turnstile(Path(worker[_TURN]), self.recorder.is_budgeted)
            config.pluginmanager.register(turnstile, "scer-turnstile")

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Check the markers; a usage error goes to the controller, and no test runs.

        Raised here it would become an internal error of the worker.
        """
        try:
            if self.recorder.check(session.items) or self._settings.measures_every_test:
                metered = self._ready_after_idle()
                self._share_with_other_workers(metered.meter)
                self.recorder.begin(metered)
                if self._settings.uses_baselines:
                    nodeids = {plain(item.nodeid, self._config) for item in session.items}
                    comparing = Comparing.begin(self._settings, self._fingerprint, nodeids)
                    self.recorder.compare(comparing, self._fingerprint.compared)
        except pytest.UsageError as error:
            self._workeroutput[_USAGE_ERROR] = str(error)
            session.items.clear()

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Remember what was not selected: the controller is not told, and it is not gone."""
        if self._settings.uses_baselines:
            nodeids = [plain(item.nodeid, self._config) for item in items]
            self._workeroutput.setdefault(_DESELECTED, []).extend(nodeids)

    def _ready_after_idle(self) -> Metered:
        """Wait for the meter; the idle machine was measured before there were workers."""
        self._metering.take_idle(None if self._idle is None else Idle(**self._idle))
        return self._metering.ready()

    def _share_with_other_workers(self, meter: Meter) -> None:
        """What belongs to no worker alone; without files in common all of them share it evenly."""
        if not isinstance(meter, HardwareMeter) or self._seat.workers == 1:
            return
        register = self._config.pluginmanager.register
        with suppress(OSError):
            register(Overlap(self._config, meter, self._session_id), "scer-overlap")
        if meter.shares_gpus:
            with suppress(OSError):
                register(OwnGpus(self._config, meter, self._session_id), "scer-own-gpus")

    @property
    def _workeroutput(self) -> dict[str, Any]:
        output: dict[str, Any] = self._config.workeroutput  # type: ignore[attr-defined]
        return output

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Send what no report carried."""
        self._workeroutput[_REST] = self.recorder.rest()
        if self._settings.measures_every_test and _USAGE_ERROR not in self._workeroutput:
            metered = self._metering.ready()
            totals = metered.meter.host_totals()
            self._workeroutput[_HOST] = tell(self._seat, totals, metered.infos)


class Controller:
    """The plugin of the process that hands tests to workers."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        """Register what collects, if there is to be a report.

        Args:
            config: The pytest config object.
            settings: What the user asked for.
        """
        self._config = config
        self._settings = settings
        self._usage_error: str | None = None
        self._hosts: Hosts | None = None
        self._turn: Path | None = None
        if settings.serialize:
            descriptor, name = tempfile.mkstemp(prefix="pytest-scer-", suffix=".turn")
            os.close(descriptor)
            self._turn = Path(name)
        # Metered as the workers are, for the report to say how their figures come about.
        workers = len(config.getoption("tx")) or 1
        self._metering = Metering(config, settings, concurrent=workers, runs_tests=False)
        config.pluginmanager.register(self._metering, "scer-metering")
        config.pluginmanager.register(JsonReport(), "scer-json-report")
        if github.is_there():
            config.pluginmanager.register(github.GitHub(config, settings), "scer-github")
        self._collector: Collector | None = None
        if settings.measures_every_test:
            self._collector = Collector(config, settings)
            config.pluginmanager.register(self._collector, "scer-collector")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Meter the workers' start too."""
        if self._collector is not None:
            self._metering.start()

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_setupnodes(self, specs: Any) -> None:
        """See which hosts there are."""
        self._hosts = Hosts(specs)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker where it runs, and what the idle machine drew before any was busy."""
        assert self._hosts is not None
        seat = self._hosts.seat(node.gateway.spec, node.gateway.id)
        node.workerinput[_SEAT] = asdict(seat)
        if self._turn is not None:
            node.workerinput[_TURN] = str(self._turn)
        if self._settings.online:
            node.workerinput[_GRID] = asdict(self._metering.ready().carbon_intensity)
        if self._collector is not None and self._settings.stop:
            self._collector.stop_flag = self._collector.stop_flag or StopFlag.new()
            node.workerinput[_STOP] = str(self._collector.stop_flag.path)
        if self._settings.uses_baselines:
            assert self._collector is not None  # it measures every test
            infos = self._metering.ready().infos
            workers = node.workerinput["workercount"]
            fingerprint = Fingerprint.of(self._collector.environment(infos), infos, workers)
            node.workerinput[_FINGERPRINT] = asdict(fingerprint)
        if self._settings.idle:
            idle = self._metering.ready_after_idle().idle
            node.workerinput[_IDLE] = None if idle is None else asdict(idle)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """Check what only CodeCarbon's tables can judge; raise what a worker found wrong."""
        if self._collector is not None:
            self._metering.ready()
        result = yield
        if self._usage_error is not None:
            if self._collector is not None:
                self._collector.discard()
            raise pytest.UsageError(self._usage_error)
        return result

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        """Collect from the moment on that it is known which tests there are."""
        if self._collector is not None:
            workers = node.workerinput["workercount"]
            nodeids = [plain(nodeid, self._config) for nodeid in ids]
            self._collector.begin(self._metering.ready_after_idle(), nodeids, workers, self._hosts)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take in what a worker leaves behind."""
        output = getattr(node, "workeroutput", None) or {}
        self._usage_error = self._usage_error or output.get(_USAGE_ERROR)
        if self._hosts is not None:
            self._hosts.gone(node.gateway.id, output.get(_HOST))
        if self._collector is not None:
            self._collector.take_parcel(output.get(_REST, {}))
            self._collector.deselect(output.get(_DESELECTED, ()))

    def pytest_unconfigure(self) -> None:
        """Give back files."""
        if self._turn is not None:
            self._turn.unlink(missing_ok=True)
        if self._collector is not None and self._collector.stop_flag is not None:
            self._collector.stop_flag.remove()
