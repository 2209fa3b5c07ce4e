"""A session in one process, which runs the tests and collects their records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_scer.baseline.fingerprint import Fingerprint
from pytest_scer.collecting.collector import Collector
from pytest_scer.config.settings import Settings
from pytest_scer.integrations import plugins as integrations
from pytest_scer.models.distributed import Launch
from pytest_scer.nodeids import plain
from pytest_scer.recording.metering import Metering
from pytest_scer.recording.recorder import Recorder
from pytest_scer.recording.reports import InReportLogs
from pytest_scer.recording.result_line import is_verbose
from pytest_scer.sessions.fixture import carbon_of, load_for
from pytest_scer.sessions.ranks import name_of, of_rank
from pytest_scer.sessions.serving import servers_of

if TYPE_CHECKING:
    from pytest_scer.carbon import Carbon


class Local:
    """The plugin of a session without workers."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        """Register metering, recorder, integrations and, if every test is measured, the collector.

        Args:
            config: The pytest config object.
            settings: The settings of the session.
        """
        launch = Launch.current()
        self._config = config
        self._settings = settings = of_rank(settings, launch)
        self._metering = Metering(config, settings, launch.local, sessions=launch.local)
        config.pluginmanager.register(self._metering, "scer-metering")
        self.recorder = Recorder(settings, name_of(launch), shows_lines=is_verbose(config))
        config.pluginmanager.register(self.recorder, "scer-recorder")
        integrations.register(config, settings)
        self._collector: Collector | None = None
        if settings.measures_every_test:
            self._collector = Collector(config, settings, self.recorder.entry_of, as_json=False)
            config.pluginmanager.register(self._collector, "scer-collector")
            config.pluginmanager.register(InReportLogs(), "scer-report-logs")

    def carbon(self) -> Carbon:
        """Return what the ``carbon`` fixture is for the running test."""
        return carbon_of(self.recorder)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Validate the markers, and wake if a test asks to be measured."""
        load_for(session.items)
        wanted = self.recorder.check(session.items)
        nodeids = [plain(item.nodeid, item.config) for item in session.items]
        if self._collector is not None:
            self._collector.begin(self._metering.ready_after_idle(), nodeids)
        if wanted:
            metered = self._metering.ready_after_idle()
            started_s = None if self._collector is None else self._collector.started_at.timestamp()
            self.recorder.begin(
                metered,
                self._metering.progress,
                started_s=started_s,
                servers=servers_of(self._config, metered.meter),
            )
            if self._settings.uses_baselines:
                from pytest_scer.recording.regressions import RegressionCheck

                assert self._collector is not None  # it measures every test
                environment = self._collector.environment(metered.infos)
                fingerprint = Fingerprint.of(environment, metered.infos, workers=1)
                comparing = RegressionCheck.begin(self._settings, fingerprint, nodeids)
                self.recorder.compare(comparing, fingerprint.compared)
