"""One attempt of one test while it runs: its stages, sections, units and budgets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from pytest_scer.config.marker import Marker
from pytest_scer.core.budget import Judgement, Verdict, judge
from pytest_scer.core.intensity import Conversion
from pytest_scer.core.measurement import Measurement, Reading
from pytest_scer.core.sections import Run, Runs, Units
from pytest_scer.core.timeline import Account
from pytest_scer.report.baseline_entry import BaselineEntry

STAGES = ("setup", "call", "teardown")
_ENDED_EARLY: Final = defaultdict(
    lambda: "the test did not get to its end",
    skipped="the test was skipped in its call",
    failed="the test failed for another reason",
    xfailed="the test failed as it was expected to",
)


@dataclass(frozen=True)
class Session:
    """What every test of the session is measured with.

    Attributes:
        read: Takes a reading, CUDA work awaited; at a verdict every counter is looked at.
        conversion: What turns joules into grams.
        wue_l_per_kwh: Litres of water per kWh of IT energy; None where nobody gave it.
        gpu_tick_s: Seconds between two steps of the GPUs' counters; 0 where nothing steps.
    """

    read: Callable[..., Reading]
    conversion: Conversion
    wue_l_per_kwh: float | None = None
    gpu_tick_s: float = 0.0


class TestRun:
    """What is known of a test so far."""

    __test__ = False  # the name is not for pytest to collect

    def __init__(
        self, nodeid: str, marker: Marker, marks: list[str], session: Session, attempt: int
    ) -> None:
        """Nothing was measured yet.

        Args:
            nodeid: The test's node id.
            marker: Its merged markers and budgets.
            marks: The names of all its marks, sorted.
            session: What to measure with.
            attempt: 1, or more when the test is run again.
        """
        self.nodeid = nodeid
        self.marker = marker
        self.marks = marks
        self.is_budgeted = bool(marker.limits)
        self.session = session
        self.attempt = attempt
        self.stages: dict[str, Account] = {}
        self.sections: dict[str, Runs] = {}
        self.calls: list[Runs] = []
        self.again: Runs | None = None
        self.units = Units()
        self.unmeasured: str | None = None
        self.judgements: list[Judgement] = []
        self.outcome = "passed"
        self.budget_failed = False
        self.reference_j: float | None = None
        self.reference_moved: float | None = None
        self.baseline: BaselineEntry | None = None
        self.stage_start: Reading | None = None
        self._open_scopes: list[tuple[str, Units]] = []

    # --- sections and units -----------------------------------------------------------------

    @property
    def innermost_units(self) -> Units:
        """Where functional units are counted now: the innermost open section, else the test."""
        return self._open_scopes[-1][1] if self._open_scopes else self.units

    def open_scope(self, name: str) -> Units:
        """Open a section, or a run of ``carbon(fn)``, which has no name."""
        units = Units()
        self._open_scopes.append((name, units))
        return units

    def close_scope(self, units: Units) -> None:
        """Close a section, and whatever was left open inside it."""
        while self._open_scopes and self._open_scopes.pop()[1] is not units:
            pass

    def section(self, name: str, phase: str | None) -> Runs:
        """The runs of a section; the first use of its name settles phase and place."""
        if name not in self.sections:
            parents = [scope for scope, _ in self._open_scopes if scope]
            parent = parents[-1] if parents else None
            self.sections[name] = Runs(name, parent, phase or self.marker.phase)
        return self.sections[name]

    # --- what it comes to -------------------------------------------------------------------

    def stage(self, name: str) -> Measurement | None:
        """What a stage cost; None where it did not run."""
        account = self.stages.get(name)
        return None if account is None else account.measurement

    def so_far(self) -> Measurement:
        """What the stages that the budgets cover cost up to now."""
        now = self.session.read(force=True)
        current = Measurement.between(self.stage_start or now, now)
        if self.marker.covers == "call":
            return current
        return sum((stage for stage in map(self.stage, STAGES) if stage is not None), current)

    def measurement(self) -> Measurement | None:
        """What the test's budgets read: its call stage, all stages, or the median run."""
        if self.unmeasured is not None or "call" not in self.stages:
            return None
        if self.again is not None:
            return self.again.measurement
        if self.calls:
            first, *others = (call.measurement for call in self.calls)
            return sum(others, first) if others else first
        if self.marker.covers == "all":
            first, *rest = (stage for stage in map(self.stage, STAGES) if stage is not None)
            return sum(rest, first)
        return self.stage("call")

    def counted_units(self) -> dict[str, float]:
        """The functional units of the test, those of one run of each ``carbon(fn)`` included."""
        if self.again is not None:
            return self.again.units
        if not self.calls:
            return self.units.counts
        counted = Units()
        counted.add(self.units.counts)
        for call in self.calls:
            counted.add(call.units)
        return counted.counts

    def why_unmeasured(self, measurement: Measurement | None) -> str | None:
        """Why the test has no figure; None where it has one.

        Args:
            measurement: What :meth:`measurement` says.
        """
        if self.unmeasured is not None:
            return self.unmeasured
        if measurement is None:
            return "the test was skipped" if self.outcome == "skipped" else "the test did not run"
        if measurement.total_j is None:
            return "no component that counts can be measured on this machine"
        if measurement.complete:
            return None
        return measurement.fault or "the meter failed while the test ran"

    def judge(self, problem: str | None = None) -> list[Judgement]:
        """Hold the test's budgets against what it cost; kept, since figures no longer change.

        Args:
            problem: Why there are no more runs, for verdicts that more of them might have settled.
        """
        measurement, units = self.measurement(), self.counted_units()
        self.judgements = [
            Judgement(limit, Verdict.UNMEASURED, None, None, 0, self.why_unmeasured(measurement))
            if measurement is None
            else judge(limit, measurement, units, self.session.conversion)
            for limit in self.marker.limits
        ]
        if problem is not None:
            self.judgements = [
                replace(each, reason=problem) if each.verdict is Verdict.INCONCLUSIVE else each
                for each in self.judgements
            ]
        return self.judgements

    def judge_unfinished(self) -> list[Judgement]:
        """Judge a test that was skipped or failed in its call: its figure may be of a part.

        What a part has exceeded stays exceeded; of anything else nothing can be said.
        """
        self.judgements = [
            judgement
            if judgement.verdict is Verdict.EXCEEDED
            and self.outcome != "skipped"
            and judgement.limit.budget.is_of_the_whole
            else Judgement(
                judgement.limit,
                Verdict.UNMEASURED,
                None,
                None,
                0,
                f"{_ENDED_EARLY[self.outcome]}: its figure is of a part of the work",
            )
            for judgement in self.judge()
        ]
        return self.judgements

    def add_run(self, runs: Runs, measurement: Measurement, units: Units) -> None:
        """Take in one run of a section or of ``carbon(fn)``."""
        runs.runs.append(Run(measurement, units.counts))
