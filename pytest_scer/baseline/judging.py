"""A test held against its baseline: what is compared, and what the report says of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pytest_scer.baseline.fingerprint import Fingerprint
from pytest_scer.baseline.gate import Change, Comparison, Gate, Threshold
from pytest_scer.baseline.history import Opponent
from pytest_scer.baseline.noise import Sample, weights_of
from pytest_scer.baseline.store import PastTest
from pytest_scer.core import units
from pytest_scer.report.model import BaselineEntry

GRAVITY: Final = ("ok", "unmeasured", "inconclusive", "regression")
"""The verdicts, the worst last."""
WORTH_A_CAUSE: Final = GRAVITY[2:]
_ONLY_ONCE: Final = """its repeats cost less than the baseline's runs: what it does only once is \
not in them, so its first run is judged"""


def worst_of(entries: Iterable[BaselineEntry]) -> BaselineEntry:
    """The one with the worst verdict; of equal ones the first."""
    return max(entries, key=lambda entry: GRAVITY.index(entry.verdict))


@dataclass(frozen=True)
class Run:
    """A test of this session.

    Attributes:
        nodeid: Its node id.
        test: What its first run cost; None where it has no figure.
        samples: That run and those that were measured again.
    """

    nodeid: str
    test: PastTest | None
    samples: Sequence[Sample]

    @classmethod
    def of(cls, nodeid: str, tests: Sequence[PastTest | None], components: tuple[str, ...]) -> Run:
        """The runs of a test, the first one first.

        Args:
            nodeid: Its node id.
            tests: What each run cost; None for one without a figure.
            components: Those that are compared.
        """
        samples = (None if test is None else test.sample(components) for test in tests)
        return cls(nodeid, tests[0], [each for each in samples if each is not None])


class Round:
    """One opponent: the rolling baseline, or the anchor."""

    def __init__(
        self,
        threshold: Threshold,
        opponent: Opponent,
        fingerprint: Fingerprint,
        nodeids: Collection[str],
        name: str,
    ) -> None:
        """Set up the gate for so many comparisons.

        Args:
            threshold: How much dearer a test may become.
            opponent: What tests are held against.
            fingerprint: Of the session.
            nodeids: Its tests.
            name: What to call the opponent.
        """
        self._opponent = opponent
        self._name = name
        self._gate = Gate(
            threshold,
            threshold.floor_j(opponent.g_per_j),
            max(len(opponent.nodeids & set(nodeids)), 1),
            opponent.spread(fingerprint),
        )

    @property
    def compared(self) -> tuple[str, ...]:
        """The components that are compared."""
        return self._opponent.compared

    def knows(self, nodeid: str) -> bool:
        """Whether the baseline has the test."""
        return self._opponent.test(nodeid) is not None

    def is_suspect(self, run: Run) -> bool:
        """Whether a test calls for more runs."""
        found = self._compare(run, last=True)
        return found is not None and self._gate.is_suspect(found)

    def is_decided(self, run: Run, most: int) -> bool:
        """Whether its runs are enough.

        Args:
            run: The test.
            most: How often it may be measured again.
        """
        found = self._compare(run, last=len(run.samples) > most)
        return (
            found is None
            or found.runs < len(run.samples)
            or self._gate.is_decided(found, most)
            or self._gate.is_hopeless(self._opponent.samples(run.nodeid), run.samples)
        )

    def judge(self, run: Run, problem: str | None = None) -> BaselineEntry:
        """What the runs of a test say of it.

        Args:
            run: The test; the baseline must know it.
            problem: Why it was not measured again as often as was allowed.
        """
        past = self._opponent.test(run.nodeid)
        assert past is not None
        base, mine = self._opponent.samples(run.nodeid), run.test
        found = self._compare(run, last=True)
        entry = entry_of(
            self._opponent,
            self._name,
            self._gate,
            found,
            reason=self._why_not(past, run) or problem,
            base=base,
            head=run.samples,
        )
        entry.confirmed = max(len(run.samples) - 1, 0)
        entry.baseline_cpu_time_s = past.cpu_time_s
        if mine is not None:
            entry.cpu_time_s = mine.cpu_time_s
            entry.notes = [
                *_changed_units(past, mine),
                *(_growth(past, mine) if found is not None else ()),
                *([_ONLY_ONCE] if found and found.runs < len(run.samples) else ()),
                *(self._opponent.differences.noted if entry.verdict in WORTH_A_CAUSE else ()),
            ]
        return entry

    def _compare(self, run: Run, *, last: bool) -> Comparison | None:
        if self._why_not(self._opponent.test(run.nodeid), run) is not None:
            return None
        base, head = self._opponent.samples(run.nodeid), run.samples
        if self._gate.are_other_work(base, head[1:]):
            head = head[:1]
        return self._gate.compare(base, head, last=last)

    def _why_not(self, past: PastTest | None, run: Run) -> str | None:
        """Why there is no verdict; None where there is one."""
        blocking, mine = self._opponent.differences.blocking, run.test
        if blocking:
            return f"joules cannot be compared: {'; '.join(blocking)}"
        if mine is None or not run.samples:
            return "the test has no figure in this session"
        if past is None or not self._opponent.samples(run.nodeid):
            return "the test has no figure in the baseline"
        if past.reads != mine.reads:
            return f"the figure is of other stages: {past.reads} in the baseline, {mine.reads} now"
        return None


def entry_of(
    opponent: Opponent,
    name: str,
    gate: Gate,
    found: Comparison | None,
    *,
    reason: str | None,
    base: Sequence[Sample],
    head: Sequence[Sample],
) -> BaselineEntry:
    """What the report holds of a comparison.

    Args:
        opponent: What was compared with.
        name: What to call it.
        gate: What judged it.
        found: What came of it; None where nothing could be compared.
        reason: Why not, or why there are no more runs.
        base: The runs of the baseline.
        head: The runs of this session.
    """
    divided = found is not None and found.slope is not None
    entry = BaselineEntry(
        verdict=Change.UNMEASURED.value,
        comparable=found is not None,
        reason=reason,
        against=name,
        components=list(opponent.compared),
        threshold=gate.threshold.share,
        floor_j=gate.floor_j,
        baseline_samples=[[each.cost_j, each.reference_j] for each in base],
        baseline_weights=weights_of(base, normalised=divided),
        samples=[[each.cost_j, each.reference_j] for each in head],
        weights=weights_of(head, normalised=divided),
        baseline_g_per_kwh=opponent.newest.g_per_kwh,
    )
    if found is not None:
        by_reference = ", divided by the reference workload's," if divided else ""
        entry.verdict = found.verdict.value
        entry.value, entry.actual = found.baseline_j, found.actual_j
        entry.change, entry.noise, entry.slope = found.change, found.noise, found.slope
        entry.baseline_co2e_g = found.baseline_j * opponent.g_per_j
        entry.co2e_g = found.actual_j * opponent.g_per_j
        entry.method = (
            f"middle of the joules{by_reference} of {found.runs} runs against that of "
            f"{found.baseline_runs} in the baseline; noise known from {gate.spread.source}: "
            f"{gate.spread.single:.1%} for a run, worth {gate.spread.runs} runs"
        )
    return entry


def _changed_units(past: PastTest, mine: PastTest) -> list[str]:
    return [
        f"{units.plural(name)}: {past.units.get(name, 0):g} in the baseline, "
        f"{mine.units.get(name, 0):g} now"
        for name in sorted({*past.units, *mine.units})
        if past.units.get(name, 0) != mine.units.get(name, 0)
    ]


def _growth(past: PastTest, mine: PastTest) -> list[str]:
    """The section that grew most, if any grew."""
    grown = {
        name: growth_j
        for name, joules in mine.sections.items()
        if (growth_j := joules - past.sections.get(name, 0.0)) > 0
    }
    if not grown:
        return []
    name = max(grown, key=lambda each: grown[each])
    before, now = past.sections.get(name), mine.sections[name]
    return [
        f"grew most: section {name}, {units.quantity(before, 'J')} to {units.quantity(now, 'J')}"
    ]
