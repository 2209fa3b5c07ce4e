"""Collecting, where results meet: records in, one report out."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from pytest_scer.core.budget import Judgement, Limit, Verdict, judge
from pytest_scer.core.measurement import Measurement
from pytest_scer.meters.base import HostTotals, MeterInfo, Provenance
from pytest_scer.nodeids import plain
from pytest_scer.report import build
from pytest_scer.report.journal import Journal
from pytest_scer.report.json_form import dump_head, load_fixture, load_test
from pytest_scer.report.model import Environment, Finding, Report, SessionInfo, TestEntry, Totals
from pytest_scer.roles.entries import budget_entry
from pytest_scer.roles.environment import describe
from pytest_scer.roles.hosts import LOCAL_LABEL, Hosts
from pytest_scer.roles.keeping import Keeper
from pytest_scer.roles.metering import Metered
from pytest_scer.roles.others import HtmlReport
from pytest_scer.roles.recorder import LOCAL_WORKER, PARCEL
from pytest_scer.roles.stopping import NoMoreTests, StopFlag
from pytest_scer.settings import Settings


class Collector:
    """Gathers the records of all tests, wherever they ran, and makes the report of them."""

    def __init__(
        self,
        config: pytest.Config,
        settings: Settings,
        entry_of: Callable[[dict[str, Any]], TestEntry | None] = lambda _record: None,
    ) -> None:
        """Nothing is collected until :meth:`begin`.

        Args:
            config: The pytest config object.
            settings: What the user asked for.
            entry_of: Gives the entry that a record was made of, where that is in this process.
        """
        self._entry_of = entry_of
        self._config = config
        self._settings = settings
        self._started_at = datetime.now(timezone.utc)
        self._metered: Metered | None = None
        self._hosts: Hosts | None = None
        self._environment: Environment | None = None
        self._report: Report | None = None
        self._journal: Journal | None = None
        self._final: HostTotals | None = None
        self._seen: set[str] = set()
        self._last_of: dict[str, str] = {}
        """The test that ended last in each worker."""
        self._faults: set[tuple[str, str]] = set()
        self._collected: list[str] = []
        self._deselected: set[str] = set()
        self._interrupted = False
        self._is_complete = False
        self._keeper = Keeper(config, settings)
        self._saved: str | None = None
        self._exhausted: str | None = None
        self.stop_flag: StopFlag | None = None
        """What tells workers to run no more tests."""
        if hasattr(config.hook, "pytest_html_results_table_row"):
            config.pluginmanager.register(HtmlReport(), "scer-html")

    # --- the session ------------------------------------------------------------------------

    def begin(
        self,
        metered: Metered,
        nodeids: Iterable[str],
        workers: int = 1,
        hosts: Hosts | None = None,
    ) -> None:
        """Collect from now on; the energy counts from the meter's origin on.

        Args:
            metered: What this process is measured with; its host totals are the session's.
            nodeids: The tests that were collected, to tell which of them did not run.
            workers: How many processes run tests.
            hosts: Where they run; None where this process runs the tests itself.
        """
        if self._report is not None:
            return
        self._metered = metered
        self._hosts = hosts
        self._collected = list(nodeids)
        self._absent = {
            name for name, info in metered.infos.items() if info.provenance is Provenance.ABSENT
        }
        self._report = Report(
            session=SessionInfo(
                id=uuid.uuid4().hex[:12],
                started_at=self._started_at.isoformat(timespec="seconds"),
                duration_s=0.0,
                exit_status=None,
                interrupted=True,
                workers=workers,
                hosts=[{"label": label} for label in (hosts.labels if hosts else [LOCAL_LABEL])],
            ),
            environment=self.environment(metered.infos),
            meters=dict(metered.infos),
            carbon_intensity=metered.carbon_intensity,
            pue=metered.pue,
            wue_l_per_kwh=metered.wue_l_per_kwh,
            totals=Totals(None, None, None, 0.0, 0.0),
            tests=[],
            idle=metered.idle,
            embodied=self._settings.embodied,
            scale=self._settings.scale,
            peers=self._settings.peers,
        )
        self._begin_journal(self._report)
        for warning in metered.warnings:
            self.warn(warning)

    def environment(self, infos: Mapping[str, MeterInfo]) -> Environment:
        """What the session runs on, with what other plugins add; found once.

        Args:
            infos: What the meter says of its components.
        """
        if self._environment is None:
            self._environment = environment = describe(infos)
            self._config.hook.pytest_scer_environment(config=self._config, environment=environment)
        return self._environment

    def discard(self) -> None:
        """Make no report: the session was refused before its first test."""
        self._report = None
        if self._journal is not None:
            self._journal.close(keep=False)
            self._journal = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Judge the session's budgets at the end of the tests, while they can fail the run."""
        try:
            result = yield
        except session.Failed:  # enough tests failed: no interruption
            raise
        except BaseException:  # Ctrl-C once or twice, pytest.exit(), an interrupted session
            self._interrupted = True
            raise
        if any(_fails(judgement, self._settings.fail_on) for judgement, _ in self._judge()):
            session.testsfailed += 1
        if self._report is not None and self._keeper.judge(self._report):
            session.testsfailed += 1
        return result

    def _judge(self) -> list[tuple[Judgement, str | None]]:
        """Take the last reading, and judge what was budgeted as a whole."""
        report, metered = self._report, self._metered
        if report is None or metered is None or self._final is not None:
            return []
        final = metered.meter.host_totals()
        if self._hosts is not None:
            final = self._hosts.add_to(final)
        self._final = final
        whole = self._whole(report, final)
        units = build.sum_of_units(report.tests)
        judgements: list[tuple[Judgement, str | None]] = [
            (judge(limit, whole, units, metered.conversion), None)
            for limit in self._settings.budget
        ]
        for rule in self._settings.budgets:
            if rule.is_sum:
                matching = [
                    test
                    for test in report.tests
                    if rule.pattern.matches(test.nodeid, test.marks, test.model)
                ]
                limit = Limit(rule.budget, f"{self._settings.sources['budgets']}: {rule.text}")
                judgement = build.judge_sum(limit, matching, metered.conversion)
                judgements.append((judgement, rule.pattern.text))
        report.budgets = [budget_entry(each, target) for each, target in judgements]
        return judgements

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Remember what was not selected: it is not gone."""
        self.deselect(plain(item.nodeid, self._config) for item in items)

    def deselect(self, nodeids: Iterable[str]) -> None:
        """Take in what was not selected, here or in a worker."""
        self._deselected.update(nodeids)

    @staticmethod
    def _whole(report: Report, totals: HostTotals) -> Measurement:
        """What the host used, as one measurement."""
        return Measurement(
            duration_s=totals.duration_s,
            cpu_time_s=math.fsum(stage.cpu_time_s for stage in build.stages(report.tests)),
            cpu_j=totals.cpu_j,
            gpu_j=totals.gpu_j,
            ram_j=totals.ram_j,
            uncertainty_j=totals.noise_j,
        )

    # --- records ----------------------------------------------------------------------------

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: Any) -> None:
        """Take the record off the last report of a test, after all others have seen it.

        The terminal keeps every report to the end of the session, and a record is kilobytes.
        """
        if report.when == "???":  # the stage that pytest-xdist and pytest-forked name then
            self._lost(report)
        attributes = report.__dict__
        if PARCEL in attributes:
            self.take_parcel(attributes.pop(PARCEL))
        if "scer" in attributes:
            self._take(attributes.pop("scer"))

    def take_parcel(self, parcel: dict[str, list[Any]]) -> None:
        """Take in what came beside the reports: earlier attempts, fixtures, faults, findings."""
        if self._report is None:
            return
        for record in parcel.get("tests", ()):
            self._take(record)
        for fixture in parcel.get("fixtures", ()):
            self._report.fixtures.append(load_fixture(fixture, self._absent))
            self._write("fixture", fixture)
        for host, nodeid, fault in parcel.get("faults", ()):
            self._warn_of_fault(host, nodeid, fault)
        for finding in parcel.get("findings", ()):
            self._report.findings.append(Finding(**finding))
            self._write("finding", finding)

    def _warn_of_fault(self, host: str, where: str, fault: str) -> None:
        """Warn once of what every process of a host meets at its meters."""
        if (host, fault) not in self._faults:
            self._faults.add((host, fault))
            self.warn(f"{where}: {fault}")

    def _take(self, record: dict[str, Any]) -> None:
        assert self._report is not None
        assert self._metered is not None
        self._seen.add(record["nodeid"])
        self._last_of[record["worker"]] = record["nodeid"]
        entry = self._entry_of(record) or load_test(record, self._absent)
        self._report.tests.append(entry)
        if self._journal is not None:
            self._write("test", record, self._metered.meter.host_totals())
        if self._settings.stop and self._exhausted is None:
            self._stop_if_exhausted(self._report, self._metered)

    # --- a budget that is spent ---------------------------------------------------------------

    def _stop_if_exhausted(self, report: Report, metered: Metered) -> None:
        whole = self._whole(report, metered.meter.host_totals())
        for limit in self._settings.budget:
            if limit.budget.is_of_the_whole:
                judgement = judge(limit, whole, {}, metered.conversion)
                if judgement.verdict is Verdict.EXCEEDED:
                    self._exhausted = judgement.text
                    self._config.pluginmanager.register(NoMoreTests())
                    if self.stop_flag is not None:
                        self.stop_flag.hoist()
                    return

    def _lost(self, report: Any) -> None:
        """Note a test whose process died under it.

        A worker that dies right behind a test has told its record already, and pytest-xdist, which
        had not heard yet that it ended, calls it lost nevertheless.
        """
        if self._report is None:
            return
        nodeid = plain(report.nodeid, self._config)
        worker, host = LOCAL_WORKER, LOCAL_LABEL
        if self._hosts is not None and hasattr(report, "node"):
            gateway = report.node.gateway
            worker, host = gateway.id, self._hosts.label(gateway.spec)
        if self._last_of.get(worker) == nodeid:
            self.warn(f"{nodeid}: its process died right after the test had ended")
            return
        reason = "its process died while the test ran"
        self._seen.add(nodeid)
        entry = TestEntry(
            nodeid=nodeid,
            outcome="xfailed" if hasattr(report, "wasxfail") else "failed",
            worker=worker,
            host=host,
            attempt=1,
            phase=None,
            category=None,
            model=None,
            unmeasured=reason,
            stages={"setup": None, "call": None, "teardown": None},
            measurement=None,
            units={},
            sections=[],
            budgets=[],
            marks=[],
        )
        self._report.tests.append(entry)
        self.warn(f"{nodeid}: {reason}; what it used until then is overhead")

    def warn(self, text: str) -> None:
        """Note something that a reader of the report has to know."""
        if self._report is not None:
            self._report.warnings.append(text)
            self._write("warning", text)

    # --- the journal ------------------------------------------------------------------------

    def _begin_journal(self, report: Report) -> None:
        if not self._settings.output:
            return
        try:
            self._journal = Journal.begin(self._path(0), report.session.id, dump_head(report))
        except OSError as error:
            self.warn(f"no journal is kept: {error}")
            return
        for orphan in self._journal.orphans:
            self.warn(
                f"{orphan.name} is left of a session that did not end; "
                f"`pytest-scer recover {orphan.name} -o OUT.json` makes its report"
            )
        self._write("collected", self._collected)

    def _write(self, kind: str, row: Any, totals: HostTotals | None = None) -> None:
        if self._journal is None:
            return
        try:
            self._journal.write(kind, row, totals)
        except OSError as error:
            journal, self._journal = self._journal, None
            self.warn(f"{journal.path.name} ends here: {error.strerror}")
            journal.close(keep=True)

    def _path(self, index: int) -> Path:
        return self._config.invocation_params.dir / self._settings.output[index].path

    # --- the report -------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Complete the report and write it; the terminal prints it later, if there is one."""
        self._judge()
        if self._report is None:
            return
        self._complete(self._report, exitstatus)
        self._config.hook.pytest_scer_report(config=self._config, report=self._report)
        written = all(self._write_output(index) for index in range(len(self._settings.output)))
        if not written and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
        if self._journal is not None:
            self._journal.close(keep=not written)
        self._save(self._report, session)

    def _save(self, report: Report, session: pytest.Session) -> None:
        """Keep the session as a baseline, if it is to be."""
        try:
            self._saved = self._keeper.save(report, {*self._collected, *self._deselected})
        except OSError as error:
            self._saved = f"the baseline could not be written: {error.strerror}"
            if session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.INTERNAL_ERROR

    def _complete(self, report: Report, exitstatus: int) -> None:
        assert self._metered is not None
        assert self._final is not None
        for fault in self._metered.meter.faults():
            self._warn_of_fault(LOCAL_LABEL, "the session's meter", fault)
        report.session.duration_s = self._final.duration_s
        report.session.exit_status = int(exitstatus)
        report.session.interrupted = self._interrupted or exitstatus == pytest.ExitCode.INTERRUPTED
        report.totals = build.totals(report, self._final)
        report.not_run = [nodeid for nodeid in self._collected if nodeid not in self._seen]
        build.add_findings(report)
        if self._exhausted is not None:
            text = f"stopped by --scer-stop: {self._exhausted}; {len(report.not_run)} tests not run"
            report.findings.append(Finding("stopped", text))
        if report.baseline is None:
            self._keeper.judge(report)
        self._keeper.add_findings(report, {*self._collected, *self._deselected})
        self._is_complete = True

    def _write_output(self, index: int) -> bool:
        assert self._report is not None
        output = self._settings.output[index]
        try:
            build.write(self._report, output.kind, self._path(index))
        except OSError as error:
            kept = "" if self._journal is None else f"; {self._journal.path.name} is kept: "
            remedy = "" if self._journal is None else "`pytest-scer recover` makes the report of it"
            self._report.warnings.append(
                f"{output.path} could not be written: {error.strerror}{kept}{remedy}"
            )
            return False
        return True

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the report, or at least the budgets of the session."""
        if self._report is None or not self._is_complete:
            return
        from pytest_scer.report import terminal

        terminal.show(self._report, terminalreporter, self._settings)
        if self._exhausted is not None and not self._settings.report:
            terminalreporter.line(f"SCER stopped: {self._exhausted}", yellow=True)
        if self._saved is not None:
            terminalreporter.line(f"SCER {self._saved}")


def _fails(judgement: Judgement, fail_on: Collection[str]) -> bool:
    verdict = judgement.verdict.value
    return ("budget" if verdict == "exceeded" else verdict) in fail_on
