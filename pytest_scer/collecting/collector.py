"""The collector: turns the records of tests into one report."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from pytest_scer.collecting.arrivals import Arrivals
from pytest_scer.collecting.empty_report import empty_report
from pytest_scer.collecting.environment import describe, make_printable
from pytest_scer.collecting.hosts import Hosts
from pytest_scer.collecting.journaling import Journaling
from pytest_scer.collecting.lost import lost_test
from pytest_scer.collecting.outputs import Outputs
from pytest_scer.collecting.plugins import show_to_plugins
from pytest_scer.collecting.repeats import about_repeats
from pytest_scer.collecting.session_budgets import SessionBudgets
from pytest_scer.collecting.session_findings import find
from pytest_scer.collecting.stopping import NoMoreTests, why_stopped
from pytest_scer.config.settings import Settings
from pytest_scer.core.text import printable
from pytest_scer.formats.writing import load
from pytest_scer.meters.base import HostTotals, MeterInfo, absent
from pytest_scer.nodeids import plain
from pytest_scer.recording.delivery import EXTRAS
from pytest_scer.recording.metering import Metered, form_of
from pytest_scer.recording.reports import take_record
from pytest_scer.report import build
from pytest_scer.report.compact import Compact, CompactForm
from pytest_scer.report.entries_from_json import load_fixture, load_test
from pytest_scer.report.entries_to_json import dump_test
from pytest_scer.report.model import (
    LOCAL_HOST,
    LOCAL_WORKER,
    Environment,
    Finding,
    Report,
    TestEntry,
)
from pytest_scer.system import System

if TYPE_CHECKING:
    from pytest_scer.collecting.session_baseline import SessionBaseline


class Collector:
    """Collects the records of all tests, wherever they ran, and makes the report."""

    def __init__(
        self,
        config: pytest.Config,
        settings: Settings,
        entry_of: Callable[[dict[str, Any]], TestEntry | None] = lambda _record: None,
        *,
        as_json: bool = True,
    ) -> None:
        """Collect nothing until :meth:`begin`.

        Args:
            config: The pytest config object.
            settings: The settings of the session.
            entry_of: Returns the entry that a record was made from, if this process still has it.
            as_json: Whether the compact form of tests is JSON, as from other processes.
        """
        self._pid = System.getpid()
        self._entry_of = entry_of
        self._as_json = as_json
        self._config = config
        self._settings = settings
        self.started_at = System.utc_now().replace(microsecond=0)
        self._metered: Metered | None = None
        self._hosts: Hosts | None = None
        self._environment: Environment | None = None
        self._report: Report | None = None
        self._final: HostTotals | None = None
        self._served_j = 0.0
        """What servers used for the tests of workers, which no meter of the session sees."""
        self._last_of: dict[str, str] = {}
        """The last test that ended in each worker, as pytest reports it."""
        self._faults: set[tuple[str, str]] = set()
        self._collected: list[str] = []
        self._deselected: set[str] = set()
        self._interrupted = False
        self._is_complete = False
        self._outputs = Outputs(config, settings.output)
        self._journal = Journaling(self._outputs.journaled, self.warn)
        self._budgets = SessionBudgets(settings)
        self._baseline: SessionBaseline | None = None
        if settings.uses_baselines:
            from pytest_scer.collecting.session_baseline import SessionBaseline

            self._baseline = SessionBaseline(config, settings)
        self.stop_workers: Callable[[], None] | None = None
        """Called when a session budget is exhausted and ``--scer-stop`` is set."""

    def begin(
        self,
        metered: Metered,
        nodeids: Iterable[str],
        workers: int = 1,
        hosts: Hosts | None = None,
    ) -> None:
        """Start collecting; the session's energy counts from the meter's origin.

        Args:
            metered: What this process is measured with; its host totals are the session's.
            nodeids: The collected tests, to find out which of them did not run.
            workers: Number of processes that run tests.
            hosts: The hosts of the workers; None if this process runs the tests itself.
        """
        if self._report is not None:
            return
        self._metered = metered
        self._hosts = hosts
        self._collected = list(nodeids)
        self._absent = absent(metered.infos)
        self._compact_form = CompactForm(self._absent, as_json=self._as_json)
        self._report = empty_report(
            self._config,
            self._settings,
            metered,
            self.environment(metered.infos),
            started_at=self.started_at,
            workers=workers,
            hosts=[LOCAL_HOST] if hosts is None else hosts.labels,
        )
        self._arrivals = Arrivals(self._report.tests, self._compact_form.load)
        import_module("pytest_scer.formats.terminal.session")  # before tests break imports
        load(output.kind for output in self._settings.output)
        self._journal.begin(self._report, self._collected)
        for warning in metered.warnings:
            self.warn(warning)

    def environment(self, infos: Mapping[str, MeterInfo]) -> Environment:
        """The environment of the session, including what other plugins add; determined once.

        Args:
            infos: How the meter measures each component.
        """
        if self._environment is None:
            self._environment = environment = describe(infos)
            self._config.hook.pytest_scer_environment(config=self._config, environment=environment)
            make_printable(environment)
        return self._environment

    def discard(self) -> None:
        """Make no report, because the session was refused before its first test."""
        self._report = None
        self._journal.close(keep=False)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Judge the session's budgets after the last test, while they can still fail the run."""
        try:
            result = yield
        except session.Failed:  # --maxfail or -x: not an interruption
            raise
        except BaseException:  # Ctrl-C once or twice, pytest.exit(), an interrupted session
            self._interrupted = True
            raise
        if self._judge():
            session.testsfailed += 1
        if self._report is not None and self._baseline and self._baseline.judge(self._settled()):
            session.testsfailed += 1
        return result

    def _judge(self) -> bool:
        """Take the final reading once and judge the budgets; return whether one fails the run."""
        metered = self._metered
        if self._report is None or metered is None or self._final is not None:
            return False
        final = self._host_totals(metered)
        self._final = final if self._hosts is None else self._hosts.add_to(final)
        return self._budgets.judge(self._settled(), self._final, metered.conversion)

    def _host_totals(self, metered: Metered) -> HostTotals:
        """What this host used until now, with what servers used for tests in workers."""
        totals = metered.meter.host_totals()
        if not self._served_j:
            return totals
        return replace(totals, cpu_j=(totals.cpu_j or 0.0) + self._served_j)

    def pytest_report_collectionfinish(self) -> str | None:
        """Say how long measuring again may take, before it does."""
        return None if self._report is None else about_repeats(self._settings)

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Remember deselected tests, so that they do not count as vanished."""
        self.deselect(plain(item.nodeid, self._config) for item in items)

    def deselect(self, nodeids: Iterable[str]) -> None:
        """Add tests that were deselected, here or in a worker."""
        self._deselected.update(nodeids)

    # --- records ----------------------------------------------------------------------------

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: Any) -> None:
        """Remove the record from the last report of a test, after all other plugins have seen it.

        The terminal keeps every report until the end of the session, and a record takes kilobytes.
        """
        when = report.when
        if when in ("setup", "call"):
            return  # nothing travels on these
        if when == "???":  # pytest-xdist and pytest-forked report a crash this way
            self._lost(report)
        extras = report.__dict__.pop(EXTRAS, None)
        if extras is not None:
            self.take_extras(extras)
        record = take_record(report)
        if record is not None:
            self._last_of[getattr(report, "worker_id", LOCAL_WORKER)] = report.nodeid
            self._take(record)

    def take_extras(self, extras: dict[str, list[Any]]) -> None:
        """Add earlier attempts, fixtures, faults and findings, which are not test records."""
        if self._report is None:
            return
        for record in extras.get("tests", ()):
            self._take(record)
        for fixture in extras.get("fixtures", ()):
            self._report.fixtures.append(load_fixture(fixture, self._absent))
            self._journal.write("fixture", fixture)
        for joules in extras.get("confirming", ()):
            self._report.confirming_energy_j += joules
            self._journal.write("confirming", joules)
        self._served_j += math.fsum(extras.get("served", ()))
        for host, nodeid, fault in extras.get("faults", ()):
            self._warn_of_fault(host, nodeid, fault)
        for finding in extras.get("findings", ()):
            self._report.findings.append(Finding(**finding))
            self._journal.write("finding", finding)

    def _warn_of_fault(self, host: str, where: str, fault: str) -> None:
        """Warn once per host of a meter fault, which every process of the host may report."""
        if (host, fault) not in self._faults:
            self._faults.add((host, fault))
            self.warn(f"{where}: {fault}")

    def _take(self, record: dict[str, Any] | Compact) -> None:
        """Take the record of a test, which may be in compact form."""
        if isinstance(record, dict):
            self._arrivals.add(self._entry_of(record) or load_test(record, self._absent))
        else:
            self._arrivals.add(record)
        self._journal.write_test(record, self._totals)
        if self._settings.stop and self._budgets.exhausted is None:
            assert self._metered is not None
            report = self._settled()
            if self._budgets.is_spent(report, self._totals(), self._metered.conversion):
                self._stop()

    def expand(self, compact: Compact) -> dict[str, Any]:
        """Make the record of a test from its compact form."""
        assert self._metered is not None
        return dump_test(self._compact_form.load(compact), form_of(self._metered))

    def _totals(self) -> HostTotals:
        assert self._metered is not None
        return self._host_totals(self._metered)

    def _settled(self) -> Report:
        """The report with the entries of all tests that have ended."""
        assert self._report is not None
        self._arrivals.settle()
        return self._report

    def _stop(self) -> None:
        """Run no more tests, here or in workers."""
        self._config.pluginmanager.register(NoMoreTests())
        if self.stop_workers is not None:
            self.stop_workers()

    def _lost(self, report: Any) -> None:
        """Add an entry for a test whose process died while it ran.

        A worker that dies right after a test has already sent its record. pytest-xdist still
        reports that test as crashed, because it did not yet know that the test had ended.
        """
        if self._report is None:
            return
        nodeid = plain(report.nodeid, self._config)
        worker, host = LOCAL_WORKER, LOCAL_HOST
        if self._hosts is not None and hasattr(report, "node"):
            gateway = report.node.gateway
            worker, host = gateway.id, self._hosts.label(gateway.spec)
        if self._last_of.get(worker) == report.nodeid:
            self.warn(f"{nodeid}: its process died right after the test ended")
            return
        reason = "its process died while the test ran"
        outcome = "xfailed" if hasattr(report, "wasxfail") else "failed"
        entry = lost_test(nodeid, outcome, worker, host, reason)
        self._arrivals.add(entry)
        self.warn(f"{nodeid}: {reason}; the energy used until then is reported as overhead")

    def warn(self, text: str) -> None:
        """Add a warning to the report and the journal; file names may not be printable."""
        text = printable(text)
        if self._report is not None:
            self._report.warnings.append(text)
            self._journal.write("warning", text)

    # --- the report -------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Complete and write the report; the terminal, if there is one, prints it later."""
        if System.getpid() != self._pid:  # a child that a test forked, and that ran on to here
            return
        self._judge()
        if self._report is None:
            return
        self._complete(self._settled(), exitstatus)
        shown = show_to_plugins(self._report, self._config)
        problems = self._outputs.write(self._report, journal=self._journal.name)
        self._report.warnings += problems
        self._journal.close(keep=bool(problems))
        every = {*self._collected, *self._deselected}
        saved = self._baseline is None or self._baseline.save(self._report, every)
        if not (shown and saved and not problems) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR

    def _complete(self, report: Report, exitstatus: int) -> None:
        assert self._metered is not None
        assert self._final is not None
        for fault in self._metered.meter.faults():
            self._warn_of_fault(LOCAL_HOST, "the session's meter", fault)
        report.session.exit_status = int(exitstatus)
        report.session.interrupted = self._interrupted or exitstatus == pytest.ExitCode.INTERRUPTED
        build.finish(report, self._final)
        report.meters = self._hosts.widened(report.meters) if self._hosts else report.meters
        seen = {test.nodeid for test in report.tests}
        report.not_run = [nodeid for nodeid in self._collected if nodeid not in seen]
        if self._baseline is not None and report.baseline is None:
            self._baseline.judge(report)
        find(report, self._config, self._settings, self._deselected, self._budgets.exhausted)
        if self._baseline is not None:
            self._baseline.add_findings(report, {*self._collected, *self._deselected})
        self._is_complete = True

    def pytest_unconfigure(self) -> None:
        """Let go of the report: at its end, Python goes through all objects several times."""
        if self._report is not None:
            self._report = None
            del self._arrivals

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the report, or only the session's budgets without ``--scer-report``."""
        if self._report is None or not self._is_complete:
            return
        from pytest_scer.formats.terminal import session

        its, loud = self._settings, terminalreporter.verbosity
        view = session.View(its.report, its.sort, its.top, loud)
        session.show(self._report, terminalreporter, view, self._outputs.written)
        if self._budgets.exhausted is not None and not self._settings.report:
            why = why_stopped(self._budgets.exhausted, self._report.not_run)
            terminalreporter.line(f"SCER stopped: {why}", yellow=True)
        if self._baseline is not None and self._baseline.saved is not None:
            terminalreporter.line(f"SCER {self._baseline.saved}")
