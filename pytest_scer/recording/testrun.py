"""One attempt of one test while it runs: its stages, sections, units and budgets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from pytest_scer.config.marker import UNMARKED, Marker
from pytest_scer.core import STAGES
from pytest_scer.core.judgement import Judgement, Limit, Verdict, judge
from pytest_scer.core.measurement import Measurement
from pytest_scer.core.sections import Inside, Run, Runs, Units
from pytest_scer.core.timeline import Account
from pytest_scer.core.uncertainty import Noise
from pytest_scer.recording.scopes import Scopes
from pytest_scer.recording.serving import ServerCalls
from pytest_scer.recording.session import Session
from pytest_scer.report.baseline_entry import BaselineEntry
from pytest_scer.report.unmeasured import why_unmeasured

if TYPE_CHECKING:  # what only some tests use: it is imported with the first
    from pytest_scer.core.model_calls import ModelCall
    from pytest_scer.core.training import Training
    from pytest_scer.models.memory import Peaks
    from pytest_scer.report.comparisons import ComparisonEntry

_ENDED_EARLY: Final = defaultdict(
    lambda: "the test did not finish",
    skipped="the test was skipped during its call",
    failed="the test failed for another reason",
    xfailed="the test failed as expected",
)


class TestRun:
    """The measurements and verdicts of a test so far."""

    __test__ = False  # keeps pytest from collecting this class

    def __init__(
        self, nodeid: str, marker: Marker, marks: tuple[str, ...], session: Session, attempt: int
    ) -> None:
        """Start without measurements.

        Args:
            nodeid: The test's node ID.
            marker: Its merged markers and budgets.
            marks: The names of all its marks, sorted.
            session: What to measure with.
            attempt: 1, or more if the test is rerun.
        """
        self.nodeid = nodeid
        self.marker = marker
        self.marks = marks
        self.is_budgeted = bool(marker.limits)
        self.session = session
        self.attempt = attempt
        self.has_carbon = False
        """Whether it asked for the ``carbon`` fixture, the way to everything but stages."""
        self.stages: dict[str, Account] = {}
        self.sections: dict[str, Runs] = {}
        self.calls: list[Runs] = []
        self.again: Runs | None = None
        self.trainings: list[Training] = []
        self.left_open: list[Callable[[], None]] = []
        """What ends a section that an exception may have left open."""
        self.units = Units()
        self.comparisons: list[ComparisonEntry] = []
        self.model_calls: list[ModelCall] = []
        self.unmeasured: str | None = None
        self.judgements: list[Judgement] = []
        self.outcome = "passed"
        self.budget_failed = False
        self.reference_j: float | None = None
        self.reference_moved: float | None = None
        self.other_cores: float | None = None
        self.baseline: BaselineEntry | None = None
        self.quality: dict[str, float] = {}
        self._scopes: Scopes | None = None  # no cached_property: most tests do without
        self._noisy: dict[str, tuple[int, Measurement]] = {}
        """Each stage with the noise between sessions, and how many readings it is made of."""

    @cached_property
    def noise(self) -> Noise:
        """How much its figures differ between sessions."""
        return self.session.noise_of(self.nodeid)

    @cached_property
    def servers(self) -> ServerCalls:
        """The servers that it calls, and its requests to models on other machines."""
        return ServerCalls()

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to know about it but its stages, as about most tests."""
        return self.marker is UNMARKED and not self.has_carbon and self.baseline is None

    @cached_property
    def peaks(self) -> Peaks:
        """The peaks of memory of its sections and calls of models."""
        from pytest_scer.models.memory import Peaks

        return Peaks()

    def enter(self, stage: str) -> Account:
        """Begin a stage; returns the account to charge."""
        if self._scopes is not None:
            self._scopes.begin_stage()
        account = self.stages[stage] = Account()
        return account

    @property
    def scopes(self) -> Scopes:
        """The sections and runs of ``carbon(fn)`` that are open, in the stages until now."""
        if self._scopes is None:
            self._scopes = Scopes(self.marker.phase)
            for _ in self.stages:
                self._scopes.begin_stage()
        return self._scopes

    def close_sections(self) -> None:
        """End the sections that an exception has left open."""
        for close in self.left_open:
            close()

    def starts_s(self) -> dict[str, float]:
        """When its stages started, in seconds since the session did; empty if that is unknown."""
        time = self.session.time
        if time is None:
            return {}
        starts = ((name, account.start) for name, account in self.stages.items())
        return {name: time.of(start) for name, start in starts if start is not None}

    # --- sections and units -----------------------------------------------------------------

    @property
    def innermost_units(self) -> Units:
        """The counter for functional units: of the innermost open section, else of the test."""
        innermost = self.scopes.innermost
        return self.units if innermost is None else innermost.units

    def count(self, counts: Mapping[str, float]) -> None:
        """Count functional units, also for the servers that the test is calling."""
        servers = self.servers
        with servers.lock:
            self.innermost_units.add(counts)
        if servers.blocks:
            named = Units()
            named.add(counts)
            for server in servers.blocks:
                server.count(named.counts)

    def section(self, name: str, phase: str | None) -> Runs:
        """The runs of a section; the first use of its name sets phase and parent.

        Without a phase of its own it has that of the section around it, else that of the test.
        """
        if name not in self.sections:
            self.sections[name] = Runs(name, self.scopes.parent, phase or self.scopes.phase)
        return self.sections[name]

    def add_section(
        self,
        name: str,
        measured: Measurement,
        units: Mapping[str, float] | None = None,
        inner: Mapping[str, Measurement] | None = None,
        *,
        kept: bool,
    ) -> None:
        """Add a section that has ended, with its readings already taken.

        Args:
            name: Its name.
            measured: What it used.
            units: What it produced.
            inner: The sections in it.
            kept: Whether it is no part of a warm-up.
        """
        runs = self.section(name, None)
        scope = self.scopes.open(name, runs.phase)
        scope.units.add(units or {})
        for part, its in (inner or {}).items():
            self.add_section(part, its, kept=kept)
        self.scopes.close_section(scope, measured)
        if kept:
            self.add_run(runs, measured, scope.units)

    def add_apart(self, name: str, measured: Measurement, *, kept: bool) -> None:
        """Add a section that is in none of the figures: what is done once, or to count something.

        Args:
            name: Its name.
            measured: What it used.
            kept: Whether it is no part of a warm-up.
        """
        runs = self.section(name, None)
        if kept:
            self.add_run(runs, measured, Units())

    # --- results ----------------------------------------------------------------------------

    def stage(self, name: str) -> Measurement | None:
        """The measurement of a stage; None if it did not run."""
        account = self.stages.get(name)
        measured = None if account is None else account.measurement
        if account is None or measured is None:
            return None
        charges, known = self._noisy.get(name, (0, measured))
        if charges != len(account.spans):
            known = self.noise.add_to(measured)
            self._noisy[name] = len(account.spans), known
        return known

    def so_far(self) -> Measurement:
        """The measurement, up to now, of the stages that the budgets cover."""
        now = self.session.read(force=True)
        start = next(reversed(self.stages.values())).start if self.stages else None
        current = Measurement.between(start or now, now)
        if self.marker.covers == "call":
            return current
        return sum((stage for stage in map(self.stage, STAGES) if stage is not None), current)

    def measurement(self) -> Measurement | None:
        """What the test's budgets read: its call stage, all stages, or the median run."""
        return None if self.unmeasured is not None else self.measured_here()

    def measured_here(self) -> Measurement | None:
        """The same, also if what the test did elsewhere is missing."""
        if "call" not in self.stages:
            return None
        if self.again is not None:
            return self.noise.add_to(self.again.measurement)
        if self.calls:
            first, *others = (self.noise.add_to(call.measurement) for call in self.calls)
            return sum(others, first) if others else first
        if self.marker.covers == "all":
            first, *rest = (stage for stage in map(self.stage, STAGES) if stage is not None)
            return sum(rest, first)
        return self.stage("call")

    def counted_units(self) -> dict[str, float]:
        """The functional units of the test, including those of one run of each ``carbon(fn)``."""
        if self.again is not None:
            return self.again.units
        if not self.calls:
            return self.units.counts
        counted = Units()
        counted.add(self.units.counts)
        for call in self.calls:
            counted.add(call.units)
        return counted.counts

    def sections_inside(self) -> Inside:
        """What the sections in :meth:`measurement` used."""
        inside = Inside()
        if self.again is not None:
            inside.add(self.again.inside)
        elif self.calls:
            for call in self.calls:
                inside.add(call.inside)
        else:
            for stage in self._covered_stages(covered=True):
                inside.add(stage)
        return inside

    def sections_beside(self) -> Inside:
        """What the sections used that are no part of :meth:`measurement`."""
        beside = Inside()
        for stage in self._covered_stages(covered=False):
            beside.add(stage)
        return beside

    def _covered_stages(self, *, covered: bool) -> list[Inside]:
        """The stages that the measurement covers, or those that it does not."""
        stages = dict(zip(self.stages, self.scopes.stages, strict=False))
        within = set(STAGES) if self.marker.covers == "all" else {"call"}
        if self.calls:  # sections in a stage are those outside of carbon(fn)
            within = set()
        return [stage for name, stage in stages.items() if (name in within) is covered]

    def call_sections(self) -> Inside:
        """What the sections in the call stage used, outside of ``carbon(fn)``."""
        return dict(zip(self.stages, self.scopes.stages, strict=False)).get("call", Inside())

    def why_unmeasured(self, measurement: Measurement | None) -> str | None:
        """Return why the test has no figure; None if it has one.

        Args:
            measurement: The result of :meth:`measurement`.
        """
        if self.unmeasured is not None:
            return self.unmeasured
        return why_unmeasured(self.outcome, measurement)

    @property
    def cut_short(self) -> str | None:
        """Why the test did only part of its work; None if it did all of it."""
        if not self.trainings:
            return None
        from pytest_scer.core.training import why_cut_short

        return why_cut_short(self.trainings)

    def judge(self, problem: str | None = None) -> list[Judgement]:
        """Judge the test's budgets by its figures, and store the judgements.

        Args:
            problem: Why repeating stopped early, as the reason of inconclusive verdicts.
        """
        measurement, units = self.measurement(), self.counted_units()
        self.judgements = [self._judged(limit, measurement, units) for limit in self.marker.limits]
        if problem is not None:
            self.judgements = [
                replace(each, reason=problem) if each.verdict is Verdict.INCONCLUSIVE else each
                for each in self.judgements
            ]
        return self.judgements

    def _judged(
        self, limit: Limit, measurement: Measurement | None, units: Mapping[str, float]
    ) -> Judgement:
        judgement = self._judged_by_figures(limit, measurement, units)
        part = self.cut_short
        is_settled = judgement.verdict in (Verdict.EXCEEDED, Verdict.UNMEASURED)
        if part is None or is_settled or not limit.budget.is_cumulative:
            return judgement
        why = f"{part}, so only part of its work was measured"
        return Judgement(limit, Verdict.UNMEASURED, None, None, 0, why)

    def _judged_by_figures(
        self, limit: Limit, measurement: Measurement | None, units: Mapping[str, float]
    ) -> Judgement:
        here, conversion = self.measured_here(), self.session.conversion
        servers = self.servers
        estimated = self.marker.estimates and servers.hosted and not servers.has_unseen
        if estimated and here is not None:
            from pytest_scer.recording.estimates import judged_with_estimates, uses_of

            return judged_with_estimates(limit, here, units, conversion, uses_of(servers.hosted))
        if measurement is None:
            why = self.why_unmeasured(measurement)
            return Judgement(limit, Verdict.UNMEASURED, None, None, 0, why)
        judged = judge(limit, measurement, units, conversion)
        if measurement.complete and judged.verdict is Verdict.UNMEASURED:
            # A call of a model that could not be counted explains it better.
            problems = (call.problem for call in self.model_calls if call.problem)
            return replace(judged, reason=next(problems, judged.reason))
        return judged

    def judge_unfinished(self) -> list[Judgement]:
        """Judge a test that was skipped or failed during its call, so its figure may be partial.

        A budget that a part of the test exceeded stays exceeded. All others are unmeasured.
        """
        self.judgements = [
            judgement
            if judgement.verdict is Verdict.EXCEEDED
            and self.outcome != "skipped"
            and judgement.limit.budget.is_cumulative
            else Judgement(
                judgement.limit,
                Verdict.UNMEASURED,
                None,
                None,
                0,
                f"{_ENDED_EARLY[self.outcome]}, so only part of its work was measured",
            )
            for judgement in self.judge()
        ]
        return self.judgements

    def add_run(
        self, runs: Runs, measurement: Measurement, units: Units, inside: Inside | None = None
    ) -> None:
        """Add one run of a section or of ``carbon(fn)``, with what the sections in it used."""
        runs.runs.append(Run(measurement, units.counts, inside or Inside()))
