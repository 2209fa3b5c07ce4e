"""A test compared with its baseline: what is compared, and what the report says about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Final, TypeVar

from pytest_scer.baseline.change import Change, Comparison
from pytest_scer.baseline.gate import Gate
from pytest_scer.baseline.history import Opponent
from pytest_scer.baseline.noise import Sample
from pytest_scer.baseline.past import PastTest
from pytest_scer.baseline.spread import figures, scatter
from pytest_scer.baseline.threshold import Threshold
from pytest_scer.core import units
from pytest_scer.core.scatter import Scatter
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.baseline_entry import BaselineEntry

GRAVITY: Final = ("improved", "ok", "unmeasured", "inconclusive", "regression")
"""The verdicts, the worst last."""
WORTH_A_CAUSE: Final = GRAVITY[3:]
_Entry = TypeVar("_Entry", BaselineEntry, "Judged")
_FIRST_ONLY: Final = "repeats cost clearly more or less than the first run: it alone is judged"
_NEW_STATE: Final = "the machine is faster or slower than in any session of the baseline"


def worst_of(entries: Iterable[_Entry]) -> _Entry:
    """The entry with the worst verdict; the first of equal ones."""
    return max(entries, key=lambda entry: GRAVITY.index(entry.verdict))


@dataclass(slots=True)
class Run:
    """A test of this session.

    Attributes:
        nodeid: Its node ID.
        test: What its first run cost; None if it has no figure.
        samples: That run and its repeats.
    """

    nodeid: str
    test: PastTest | None
    samples: Sequence[Sample]

    @classmethod
    def of(cls, nodeid: str, tests: Sequence[PastTest | None], components: tuple[str, ...]) -> Run:
        """The runs of a test, the first one first.

        Args:
            nodeid: Its node ID.
            tests: What each run cost; None for one without a figure.
            components: The compared components.
        """
        samples = (None if test is None else test.sample(components) for test in tests)
        return cls(nodeid, tests[0], [each for each in samples if each is not None])

    @property
    def confirmed(self) -> int:
        """How many times it was measured again."""
        return max(len(self.samples) - 1, 0)


@dataclass(slots=True)
class Judged:
    """A test with its verdict.

    Most tests of a large suite are only counted: the report's entry is made for the others.

    Attributes:
        verdict: As in the entry.
        against: What it was compared with.
        run: The test.
        found: The result; None if it could not be compared.
        reason: Why not.
    """

    verdict: str
    against: Round
    run: Run
    found: Comparison | None
    reason: str | None = None

    @property
    def comparable(self) -> bool:
        """Whether there was something to compare."""
        return self.found is not None

    @property
    def confirmed(self) -> int:
        """How many times it was measured again."""
        return self.run.confirmed

    @property
    def detectable(self) -> float | None:
        """The smallest growth that is found in 9 of 10 cases; None if nothing is known."""
        return None if self.found is None else self.found.detectable

    @property
    def threshold(self) -> float:
        """How much growth is allowed."""
        return self.against.threshold

    def entry(self) -> BaselineEntry:
        """The report's entry."""
        return self.against.entry_of(self.run, self.found, self.reason)


class Round:
    """The tests of a session against one opponent: the recent sessions, or the anchor."""

    def __init__(
        self,
        threshold: Threshold,
        opponent: Opponent,
        nodeids: Collection[str],
        name: str,
        *,
        repeats: int = 0,
    ) -> None:
        """Set up the gate for this number of comparisons.

        Args:
            threshold: How much a test may grow.
            opponent: What tests are compared with.
            nodeids: The tests of the session.
            name: What to call the opponent.
            repeats: How often a suspect may be measured again.
        """
        self._opponent = opponent
        self._name = name
        here = set(nodeids)
        self._gate = Gate(
            threshold.share,
            threshold.floor_j(opponent.g_per_j),
            max(sum(opponent.may_regress(each) for each in opponent.nodeids if each in here), 1),
            opponent.suite,
            opponent.is_corrected,
            repeats,
            opponent.uncorrected,
        )

    @property
    def threshold(self) -> float:
        """How much a test may grow, as a share."""
        return self._gate.threshold

    @property
    def compared(self) -> tuple[str, ...]:
        """The components that are compared."""
        return self._opponent.compared

    def scatter(self, nodeid: str, known: Scatter) -> Scatter | None:
        """How much the test scatters between the sessions of the history; None if unknown.

        Args:
            nodeid: The test.
            known: What is known about such meters.
        """
        return scatter(figures(self._opponent, nodeid), known)

    def knows(self, nodeid: str) -> bool:
        """Whether the baseline has the test."""
        return nodeid in self._opponent.nodeids

    def is_suspect(self, run: Run) -> bool:
        """Whether a test calls for more runs."""
        if self._why_not(run) is not None:
            return False
        return self._gate.is_suspect(self._opponent.samples(run.nodeid), run.samples[0])

    @property
    def noise_sd(self) -> float:
        """The standard deviation of a single run of a typical test, as a logarithm."""
        return self._gate.suite.sd

    def is_decided(self, run: Run, excess: float = 0.0) -> bool:
        """Whether the runs of a suspect are enough; ``excess`` as in :meth:`judge`."""
        return self._gate.is_decided(self._opponent.samples(run.nodeid), run.samples, excess)

    def weigh(self, run: Run, excess: float = 0.0) -> Judged:
        """Reach the verdict on a test.

        Args:
            run: The test; the baseline must know it.
            excess: How much more repeats cost than first runs, in tests that are not suspects.
        """
        reason = self._why_not(run)
        if reason is not None:
            return Judged(Change.UNMEASURED.value, self, run, None, reason)
        found = self._gate.compare(self._opponent.samples(run.nodeid), run.samples, excess)
        return Judged(found.verdict.value, self, run, found)

    def judge(self, run: Run, problem: str | None = None, excess: float = 0.0) -> BaselineEntry:
        """Judge a test by its runs.

        Args:
            run: The test; the baseline must know it.
            problem: Why it was not measured again as often as allowed.
            excess: How much more repeats cost than first runs, in tests that are not suspects.
        """
        entry = self.weigh(run, excess).entry()
        entry.reason = entry.reason or problem
        return entry

    def entry_of(self, run: Run, found: Comparison | None, reason: str | None) -> BaselineEntry:
        """The report's entry for a test.

        Args:
            run: The test.
            found: The result; None if it could not be compared.
            reason: Why not.
        """
        base = self._opponent.samples(run.nodeid)
        entry = entry_of(self._opponent, self._name, self._gate, found, base=base, head=run.samples)
        entry.reason = reason
        entry.confirmed = run.confirmed
        past, mine = self._opponent.test(run.nodeid), run.test
        if past is not None:
            entry.baseline_cpu_time_s = past.cpu_time_s
        if mine is not None:
            entry.cpu_time_s = mine.cpu_time_s
        if past is not None and mine is not None:
            entry.notes = list(self._notes(past, mine, entry, found, len(run.samples)))
        return entry

    def _notes(
        self,
        past: PastTest,
        mine: PastTest,
        entry: BaselineEntry,
        found: Comparison | None,
        runs: int,
    ) -> Iterable[str]:
        yield from _changed_units(past, mine)
        if found is None:
            return
        yield from _growth(past, mine)
        if found.runs < runs:
            yield _FIRST_ONLY
        if entry.verdict in WORTH_A_CAUSE:
            if found.is_new_state:
                yield _NEW_STATE
            yield from self._opponent.differences.noted

    def _why_not(self, run: Run) -> str | None:
        """Why there is no verdict; None if there is one."""
        blocking, mine = self._opponent.differences.blocking, run.test
        if blocking:
            return f"joules cannot be compared: {'; '.join(blocking)}"
        if mine is None or not run.samples:
            return "the test has no figure in this session"
        past = self._opponent.test(run.nodeid)
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
    base: Sequence[Sample],
    head: Sequence[Sample],
) -> BaselineEntry:
    """The report's entry for a comparison.

    Args:
        opponent: What the test was compared with.
        name: What to call it.
        gate: The gate that judged it.
        found: The result; None if nothing could be compared.
        base: The runs of the baseline.
        head: The runs of this session.
    """
    entry = BaselineEntry(
        verdict=Change.UNMEASURED.value,
        comparable=found is not None,
        reason=None,
        against=name,
        components=list(opponent.compared),
        threshold=gate.threshold,
        floor_j=gate.floor_j,
        baseline_samples=[[each.cost_j, each.reference_j] for each in base],
        samples=[[each.cost_j, each.reference_j] for each in head],
        baseline_g_per_kwh=opponent.newest.g_per_kwh,
    )
    if found is not None:
        entry.verdict = found.verdict.value
        entry.value, entry.actual = found.baseline_j, found.actual_j
        entry.corrected_by = found.corrected_by
        entry.depends_on_speed = opponent.is_modelled
        entry.change, entry.noise, entry.detectable = found.change, found.noise, found.detectable
        entry.baseline_co2e_g = found.baseline_j * opponent.g_per_j
        entry.co2e_g = found.corrected_j * opponent.g_per_j
        entry.method = _method(found.runs, len(base), found.single_noise, found.source, gate.family)
    return entry


@lru_cache(maxsize=4096)
def _method(runs: int, base: int, noise: float, source: str, family: int) -> str:
    """What was compared; one text for all tests of which it is true."""
    text = (
        f"{_runs(runs)} against {base} baseline {'run' if base == 1 else 'runs'}; "
        f"run-to-run noise {noise:.1%} ({source})"
    )
    return text if family == 1 else f"{text}; {family} tests share the chance of a false alarm"


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"first run and median of the other {count - 1}"


def _changed_units(past: PastTest, mine: PastTest) -> list[str]:
    if past.units == mine.units:
        return []
    return [
        f"{units.plural(name)}: {past.units.get(name, 0):g} in the baseline, "
        f"{mine.units.get(name, 0):g} now"
        for name in sorted({*past.units, *mine.units})
        if past.units.get(name, 0) != mine.units.get(name, 0)
    ]


def _growth(past: PastTest, mine: PastTest) -> list[str]:
    """The section that grew most, if any grew."""
    if not mine.sections:
        return []
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
