"""The recorder: measures stages and fixtures where tests run, and makes each test's record."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from pytest_scer.config.marker import UNMARKED
from pytest_scer.config.settings import Settings
from pytest_scer.core import STAGES
from pytest_scer.core.repeats import RepeatPlan
from pytest_scer.core.timeline import Account, Timeline
from pytest_scer.meters.base import absent
from pytest_scer.meters.noise import luck_of
from pytest_scer.nodeids import plain
from pytest_scer.recording import result_line
from pytest_scer.recording.checking import check, checked_of
from pytest_scer.recording.delivery import Delivery
from pytest_scer.recording.entries import entry_of_test
from pytest_scer.recording.failure import lead_with_cost
from pytest_scer.recording.fixtures import OpenFixtures
from pytest_scer.recording.leftovers import Leftovers, Running
from pytest_scer.recording.metering import Metered, form_of
from pytest_scer.recording.outcomes import outcome_after
from pytest_scer.recording.progress import Progress
from pytest_scer.recording.records import Records
from pytest_scer.recording.rerun import run_again
from pytest_scer.recording.serving import OnDemand
from pytest_scer.recording.session import Session
from pytest_scer.recording.session_time import SessionTime
from pytest_scer.recording.testrun import TestRun
from pytest_scer.recording.verdicts import Judge
from pytest_scer.report.compact import Compact, CompactForm
from pytest_scer.report.entries_to_json import dump_fixture
from pytest_scer.report.model import LOCAL_HOST, LOCAL_WORKER, Finding, TestEntry

if TYPE_CHECKING:
    from pytest_scer.recording.regressions import RegressionCheck


class Recorder:
    """Measures the tests that run in this process."""

    def __init__(
        self,
        settings: Settings,
        worker: str = LOCAL_WORKER,
        host: str = LOCAL_HOST,
        *,
        as_json: bool = False,
        shows_lines: bool = False,
    ) -> None:
        """Measure nothing until :meth:`begin`.

        Args:
            settings: The settings of the session.
            worker: The name of this process in the report.
            host: The anonymous label of this host.
            as_json: Whether the compact form of tests leaves this process, as JSON.
            shows_lines: Whether pytest prints a line for each test.
        """
        self._as_json = as_json
        self._shows_lines = shows_lines
        self._settings = settings
        self._worker = worker
        self._host = host
        self._as_entry = partial(entry_of_test, worker=worker, host=host)
        self._metered: Metered | None = None
        self._nodeid = ""  # of the running test, measured or not
        self._test: TestRun | None = None  # the running test, if it is measured
        self._is_open = False
        """Whether a stage is charged until the next one starts."""
        self._shares_edges = False
        """Whether the end of a stage of the running test is also the start of another.

        A test without budgets takes four readings: what pytest does between two stages belongs to
        its setup or teardown. The call has readings of its own."""
        self._fixtures = OpenFixtures()
        self._delivery = Delivery()

    # --- before the first test --------------------------------------------------------------

    def check(self, items: list[pytest.Item]) -> bool:
        """Read and validate the markers of all tests.

        Returns:
            Whether any test should be measured.

        Raises:
            pytest.UsageError: A marker is invalid.
        """
        return check(items, self._settings)

    def is_budgeted(self, item: pytest.Item) -> bool:
        """Whether a checked test has a budget."""
        checked = checked_of(item)
        return checked is not None and bool(checked.marker.limits)

    def begin(
        self,
        metered: Metered,
        progress: Progress,
        started_s: float | None = None,
        servers: OnDemand | None = None,
    ) -> None:
        """Measure from now on.

        Args:
            metered: What to measure with.
            progress: Where to show what takes long.
            started_s: When the session started, in Unix time; None if it has no report.
            servers: The servers that tests may call.
        """
        self._metered = metered
        self._judge = Judge(self._settings, metered, self._as_entry, self._run_again, progress)
        time = None if started_s is None else SessionTime(started_s, metered.read())
        self._session = Session(
            metered.read,
            metered.conversion,
            self._judge.noise_of,
            metered.wue_l_per_kwh,
            metered.infos["gpu"].resolution_s or 0.0,
            time,
            progress,
            partial(luck_of, metered.infos),
            self._settings.fail_on,
            servers=servers,
        )
        self._form = form_of(metered)
        compact = CompactForm(
            absent(metered.infos),
            as_json=self._as_json,
            worker=self._worker,
            host=self._host,
            offset_s=None if time is None else time.offset_s,
            noise=self._judge.noise,
        )
        self._records = Records(self._settings, self._as_entry, self._form, compact)
        self._timeline = Timeline(metered.read)
        self._leftovers = Leftovers(metered.meter.live_children)

    def compare(self, comparing: RegressionCheck | None, components: tuple[str, ...]) -> None:
        """Run the reference workload between the tests, and compare them with a baseline.

        Args:
            comparing: The comparison; None if this session is only saved as a baseline.
            components: The components whose energy is compared.
        """
        self._judge.compare(comparing, components)
        self._records.are_compact = False

    # --- stages -----------------------------------------------------------------------------

    def _enter(self, name: str) -> None:
        """Charge a stage of the test from now on, and no longer the stage that was left open.

        At the start and end of a budgeted test every counter is read, for an exact verdict.
        """
        test = self._test
        if test is not None:
            account = test.enter(name)
            if self._is_open:
                self._is_open = False
                self._timeline.switch(account)
            else:
                self._timeline.enter(account, force=test.is_budgeted)

    def _leave(self) -> None:
        """Stop charging the stage."""
        test = self._test
        if test is not None:
            test.close_sections()
            self._timeline.leave(force=test.is_budgeted)

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        self._enter(name)
        try:
            yield
        finally:
            self._leave()

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        """Start an attempt of a test and measure its setup."""
        if self._is_open:  # the test before this one was given up between two stages
            self._timeline.leave()
            self._is_open = False
        checked = checked_of(item)
        self._nodeid = plain(item.nodeid, item.config) if checked is None else checked.nodeid
        self._test = None
        self._shares_edges = False
        if checked is not None and self._metered is not None:
            checked.attempts += 1
            self._test = TestRun(
                checked.nodeid, checked.marker, checked.marks, self._session, checked.attempts
            )
            self._shares_edges = checked.marker is UNMARKED and not self._judge.measures
        self._enter("setup")  # no context manager: its overhead would count three times per test
        if self._test is not None:
            self._leftovers.begin()
        try:
            result = yield
        except BaseException:
            self._leave()
            raise
        if self._shares_edges:
            self._is_open = True
        else:
            self._leave()
        return result

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Measure the call, and judge the budgets that cover it if the test passed."""
        shares_edges = self._shares_edges
        if not shares_edges and self._test is not None and self._judge.measures:
            with self._gate():
                self._judge.before_call()
        self._enter("call")
        try:
            result = yield
        finally:
            if shares_edges and self._test is not None:
                self._test.close_sections()
                self._is_open = True
                self._enter("teardown")
                self._is_open = True
            else:
                self._leave()
        test = self._test
        if test is not None and not shares_edges and test.marker.covers == "call":
            self._judge_test(item, test)
        return result

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        """Measure the teardown, and judge budgets that cover all stages."""
        if self._test is not None and "teardown" in self._test.stages:
            self._is_open = False
        else:
            self._enter("teardown")
        try:
            result = yield
        finally:
            self._leave()
        test = self._test
        if test is not None and test.marker.covers == "all" and test.outcome == "passed":
            self._judge_test(item, test)
        return result

    def _judge_test(self, item: pytest.Item, test: TestRun) -> None:
        if not self._judge.measures:
            self._judge.judge(item, test)
            return
        with self._gate():
            self._judge.judge(item, test)

    @contextmanager
    def _gate(self) -> Iterator[None]:
        """Charge the gate: what it measures again is the cost of no test, and no overhead."""
        account = Account()
        try:
            with self._timeline.charging(account):
                yield
        finally:
            measured = account.measurement
            assert measured is not None
            self._delivery.put("confirming", measured.known_j)

    def _run_again(self, item: pytest.Item, test: TestRun) -> TestRun:
        """Run a test once more; its record remains that of its first run."""
        fresh = TestRun(test.nodeid, test.marker, test.marks, test.session, test.attempt)
        self._test = fresh
        try:
            with test.servers.left_out():
                run_again(item, self._stage)
                fresh.servers.end()
        finally:
            self._test = test
            stages = filter(None, map(fresh.stage, STAGES))
            self._delivery.put("confirming", math.fsum(stage.known_j for stage in stages))
        return fresh

    # --- fixtures of wider scope ------------------------------------------------------------

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        """Charge a wider-scoped fixture separately from the test that first requests it."""
        if fixturedef.scope == "function" or self._metered is None:
            return (yield)
        account, nodeid, started = Account(), self._nodeid, Running()
        self._fixtures.opened(fixturedef)
        # Finalizers run in reverse order of registration: these two enclose the fixture's own.
        fixturedef.addfinalizer(
            lambda: self._fixture_done(fixturedef, request, nodeid, account, started)
        )
        with self._timeline.charging(account):
            if self._session.time is not None and account.since is not None:
                self._fixtures.began(fixturedef, self._session.time.of(account.since))
            before = self._leftovers.running()
            result = yield
        started = self._leftovers.fixture_began(before)
        fixturedef.addfinalizer(lambda: self._timeline.enter(account))
        return result

    def _fixture_done(
        self,
        fixturedef: pytest.FixtureDef[Any],
        request: pytest.FixtureRequest,
        nodeid: str,
        account: Account,
        started: Running,
    ) -> None:
        if self._timeline.is_open(account):
            self._timeline.leave()
        measurement = account.measurement
        assert measurement is not None
        measurement = self._judge.noise.add_to(measurement)
        entry = self._fixtures.closed(fixturedef, request, nodeid, self._worker, measurement)
        self._delivery.put("fixtures", dump_fixture(entry, self._form))
        self._put_findings(self._leftovers.of_fixture(entry.name, nodeid, started))

    # --- records ----------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Track the outcome, and attach the record of the test to its last report."""
        report = yield
        if (test := self._test) is None:
            return report
        if call.excinfo is not None:
            lead_with_cost(report, call.excinfo.value)
        if report.when == "call" or report.outcome != "passed":
            test.outcome = outcome_after(test.outcome, report)
        if report.when == "call":
            assert self._metered is not None
            if self._shows_lines:
                result_line.attach(report, test, self._metered.infos)
            self._fixtures.used_by(item, map(test.stage, STAGES))
            if self._leftovers.are_watched:  # before the teardown ends threads
                self._put_findings(self._leftovers.turned_busy())
        elif report.when == "teardown":
            self._test = None
            record = self._records.of(test, report)
            self._put_extras(test.nodeid)
            self._delivery.attach(report, record)
        return report

    def _put_extras(self, nodeid: str) -> None:
        """Deliver the faults of the meter, what servers used, and what the test left running."""
        assert self._metered is not None
        servers = self._session.servers
        if servers is not None and (served_j := servers.unreported_j()):
            self._delivery.put("served", served_j)
        for fault in self._metered.meter.faults():
            self._delivery.put("faults", (self._host, nodeid, fault))
        if self._leftovers.can_tell:
            self._put_findings(self._leftovers.of_test(nodeid))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note which records were delivered."""
        if report.when == "teardown":
            self._delivery.logged(report)

    def entry_of(self, record: dict[str, Any] | Compact) -> TestEntry | None:
        """Return the entry of a record if it is at hand, which saves parsing the record."""
        return self._records.entry_of(record)

    def _put_findings(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self._delivery.put("findings", asdict(finding))

    def carbon_for_test(self) -> tuple[TestRun, RepeatPlan]:
        """Return what the ``carbon`` fixture needs: the running test and its repeat plan.

        Raises:
            LookupError: The running test is not measured.
        """
        test = self._test
        if test is None:
            raise LookupError(
                "the test is not measured: add `carbon` to its arguments, mark it with "
                "@pytest.mark.scer, or run with --scer-report"
            )
        test.has_carbon = True
        return test, test.marker.repeat_plan(self._settings)

    def rest(self) -> dict[str, list[Any]]:
        """Return what no report has delivered yet."""
        return self._delivery.rest()
