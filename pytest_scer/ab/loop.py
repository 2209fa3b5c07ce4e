"""Run the tests that the command asks for, in the pytest process of a side."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from pytest_scer import __version__
from pytest_scer.ab.channel import Channel, Closed, Message
from pytest_scer.ab.foreign import foreign_modules
from pytest_scer.carbon import Carbon
from pytest_scer.config.settings import Settings
from pytest_scer.core import COMPONENTS
from pytest_scer.core.measurement import Measurement
from pytest_scer.meters.base import MeterInfo, Provenance
from pytest_scer.nodeids import plain
from pytest_scer.recording.metering import Metered, Metering
from pytest_scer.recording.progress import NoProgress
from pytest_scer.recording.recorder import Recorder
from pytest_scer.recording.reports import record_of
from pytest_scer.recording.rerun import can_run_again, end_wider_fixtures, run_protocol_again
from pytest_scer.report.model import TestEntry
from pytest_scer.sessions.serving import servers_of

_MOST_ERRORS: Final = 3
"""Maximum number of collection errors to send; the first ones show what is wrong."""


class Loop:
    """The plugin of a side: it collects as usual, then replaces pytest's run loop.

    Tests are measured as in any session, but none is judged: budgets and baselines of the project
    do not fail a test here.
    """

    def __init__(self, config: pytest.Config, settings: Settings, channel: Channel) -> None:
        """Register the plugins that record.

        Args:
            config: The pytest config object.
            settings: What the user asked for.
            channel: The connection to the command.

        Raises:
            pytest.UsageError: Tests would run in other processes.
        """
        self._config = config
        self._channel = channel
        self._asked = settings
        self._begin = channel.receive()
        if config.getoption("dist", "no") != "no" or config.getoption("tx", None):
            problem = (
                "-n (pytest-xdist) runs tests next to each other, which disturbs every "
                "comparison: leave it out, or override the configuration with -n0 after --"
            )
            channel.send({"error": problem})
            raise pytest.UsageError(problem)
        measured = replace(
            settings,
            report=True,
            output=(),
            fail_on=frozenset(),
            confirm=0,
            stop=False,
            baseline=None,
            save_baseline=None,
            idle=None,
            junit=False,
        )
        self._metering = Metering(config, measured)
        config.pluginmanager.register(self._metering, "scer-metering")
        self.recorder = Recorder(measured)
        config.pluginmanager.register(self.recorder, "scer-recorder")
        self._items: dict[str, pytest.Item] = {}
        self._errors: list[str] = []
        self._entry: TestEntry | None = None
        self._why = ""
        self._current: pytest.Item | None = None
        self._share_seed()

    def carbon(self) -> Carbon:
        """Return what the ``carbon`` fixture is for the running test."""
        return Carbon(*self.recorder.carbon_for_test())

    def _share_seed(self) -> None:
        """Make tests that draw random numbers under pytest-randomly draw the same on both sides.

        The plugin draws a seed for each process, before or after this, unless the user sets one.
        """
        given = any("randomly-seed" in each for each in self._config.invocation_params.args)
        if hasattr(self._config.option, "randomly_seed") and not given:
            self._config.option.randomly_seed = self._begin["seed"]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Record collection errors."""
        if report.failed:
            self._errors.append(f"{report.nodeid}: {report.longreprtext.strip()}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Check the markers and prepare to measure."""
        self.recorder.check(session.items)
        metered = self._metering.ready()
        servers = servers_of(self._config, metered.meter)
        self.recorder.begin(metered, NoProgress(), servers=servers)
        self._components = compared(metered.infos)
        self._items = {plain(item.nodeid, self._config): item for item in session.items}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run what the command asks for until it stops asking."""
        go_on = session.config.getoption("continue_on_collection_errors", False)
        if self._errors and not go_on:
            details = self._errors[:_MOST_ERRORS]
            self._channel.send({"error": "collection failed", "details": details})
            raise session.Interrupted("tests could not be collected")
        try:
            self._serve()
        except Closed:
            raise session.Interrupted(
                "the connection to pytest-scer ab was closed: the command ended, or a test closes "
                "all file descriptors"
            ) from None
        return True

    def _serve(self) -> None:
        self._channel.send(self._hello(self._metering.ready()))
        while "run" in (order := self._channel.receive()):
            self._channel.send(self._run(self._items[order["run"]]))
        self._channel.send({"trouble": self._leave(None), "foreign": self._foreign()})

    def _hello(self, metered: Metered) -> Message:
        return {
            "version": __version__,
            "nodeids": list(self._items),
            "threshold": self._asked.max_regression.text,
            "fail_on": sorted(self._asked.fail_on),
            "g_per_j": metered.conversion.grams(1.0),
            "modelled": is_modelled(metered.infos, self._components),
            "compared": [f"{name}: {metered.infos[name].source}" for name in self._components],
            "foreign": self._foreign(),
        }

    def _foreign(self) -> list[tuple[str, str]]:
        tree, project = Path(self._begin["tree"]), Path(self._begin["project"])
        return foreign_modules(dict(sys.modules), tree, project, sys.path)

    def _run(self, item: pytest.Item) -> Message:
        trouble = None if self._current in {None, item} else self._leave(item)
        self._current, self._entry, self._why = item, None, ""
        run_protocol_again(item)
        return {"trouble": trouble, "again": can_run_again(item), **self._answer()}

    def _leave(self, nextitem: pytest.Item | None) -> str | None:
        """End the fixtures that the next test does not share; return any error."""
        item, self._current = self._current, None
        if item is None:
            return None
        try:
            end_wider_fixtures(item, nextitem)
        except (Exception, pytest.fail.Exception, pytest.skip.Exception) as error:
            return f"{item.nodeid}: a fixture failed at its end: {type(error).__name__}: {error}"
        return None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the record of the test that ran."""
        if not report.passed and not self._why:
            self._why = _reason(report)
        record = record_of(report)
        if record is not None:
            self._entry = self.recorder.entry_of(record)

    def _answer(self) -> Message:
        entry = self._entry
        if entry is None:
            return {"outcome": "error", "why": "pytest reported no result"}
        measurement = entry.measurement
        if entry.outcome != "passed":
            return {"outcome": entry.outcome, "why": self._why}
        is_known = measurement is not None and measurement.complete
        if measurement is None or not is_known or entry.unmeasured is not None:
            return {"outcome": "unmeasured", "why": entry.unmeasured or "no figure"}
        return {
            "outcome": "passed",
            "cost_j": cost_j(measurement, self._components),
            "duration_s": measurement.duration_s,
        }


def _reason(report: pytest.TestReport) -> str:
    """Why a test did not pass, in one line."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(crash.message) if crash is not None else ""
    if isinstance(report.longrepr, tuple):  # of a skipped test: file, line, reason
        text = str(report.longrepr[2])
    return (text or report.longreprtext).strip().partition("\n")[0]


def compared(infos: Mapping[str, MeterInfo]) -> tuple[str, ...]:
    """The components whose joules depend on the work, as in a comparison with a baseline.

    A constant draw only shows how long a test took: it counts if there is nothing else.
    """
    present = [name for name in COMPONENTS if infos[name].provenance is not Provenance.ABSENT]
    working = [name for name in present if infos[name].provenance is not Provenance.CONSTANT]
    return tuple(working or present)


def is_modelled(infos: Mapping[str, MeterInfo], components: tuple[str, ...]) -> bool:
    """Whether any compared figure is modelled from CPU or wall time rather than counted."""
    guessed = (Provenance.MODELLED, Provenance.CONSTANT)
    return any(infos[name].provenance in guessed for name in components)


def cost_j(measurement: Measurement, components: tuple[str, ...]) -> float:
    """Joules of these components."""
    return sum(getattr(measurement, f"{name}_j") or 0.0 for name in components)
