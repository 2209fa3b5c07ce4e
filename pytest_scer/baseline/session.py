"""A session compared with its baseline as a whole: the sum of the tests that both have."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from pytest_scer.baseline.gate import Gate
from pytest_scer.baseline.history import ROLLING, Baseline, Opponent
from pytest_scer.baseline.judging import entry_of, worst_of
from pytest_scer.baseline.noise import Sample
from pytest_scer.baseline.past import Past
from pytest_scer.baseline.threshold import Threshold
from pytest_scer.core import units
from pytest_scer.report.baseline_entry import BaselineEntry


def compare_session(now: Past, baseline: Baseline, threshold: Threshold) -> BaselineEntry:
    """Compare the tests that passed in both with the baseline's, all together.

    Args:
        now: The session.
        baseline: What to compare with; it has at least one session.
        threshold: How much the sum may grow.

    Returns:
        The worse result of recent sessions and anchor.
    """
    return compare_sums(now, baseline.opponents(now.fingerprint), threshold)


def compare_sums(
    now: Past, opponents: Mapping[str, Opponent], threshold: Threshold
) -> BaselineEntry:
    """The same with opponents that are chosen already, by name, the recent sessions first."""
    rolling, *anchored = (
        _compare(now, opponent, name, threshold) for name, opponent in opponents.items()
    )
    return worst_of([rolling, *(entry for entry in anchored if entry.comparable)])


def _compare(now: Past, opponent: Opponent, name: str, threshold: Threshold) -> BaselineEntry:
    # In a history, the newest session with the most tests: the last may have run only some.
    before = max(reversed(opponent.sessions), key=lambda past: len(past.tests.keys() & now.tests))
    common = sorted(
        nodeid
        for nodeid in now.tests  # not of the intersection: nearly sorted, and close in memory
        if nodeid in before.tests
        and now.tests[nodeid].reads == before.tests[nodeid].reads
        and opponent.samples(nodeid)
    )
    both = set(common)
    gate = Gate(
        threshold.share,
        threshold.floor_j(opponent.g_per_j),
        1,
        opponent.suite,
        opponent.is_corrected,
        uncorrected=opponent.uncorrected,
    )
    sums = (
        _sum([past.sample(nodeid, opponent.compared) for nodeid in common])
        for past in opponent.sessions
        if opponent.counted(past) >= both
    )
    base = [each for each in sums if each is not None][-ROLLING:]
    whole = _sum([_figure(now, nodeid, opponent, gate) for nodeid in common])
    head = [] if whole is None else [whole]
    reason = _why_not(opponent, common, base, head)
    found = None if reason is not None else gate.compare(base, head)
    entry = entry_of(opponent, name, gate, found, base=base, head=head)
    entry.reason = reason
    if found is not None:
        entry.method = f"sum of the {len(common)} tests that both have: {entry.method}"
        entry.notes = _grown_fixture(before.fixtures, now.fixtures, gate)
    entry.baseline_cpu_time_s = math.fsum(before.tests[nodeid].cpu_time_s for nodeid in common)
    entry.cpu_time_s = math.fsum(now.tests[nodeid].cpu_time_s for nodeid in common)
    return entry


def _why_not(
    opponent: Opponent, common: Sequence[str], base: Sequence[Sample], head: Sequence[Sample]
) -> str | None:
    """Why there is no verdict; None if there is one."""
    if opponent.differences.blocking:
        return f"joules cannot be compared: {'; '.join(opponent.differences.blocking)}"
    if not common:
        return "no test has a figure of the same stages both in the baseline and now"
    if not head:
        return "one of its tests has no figure"
    if not base:
        return "no session of the baseline has all of its tests without a regression"
    return None


def _grown_fixture(before: Mapping[str, float], now: Mapping[str, float], gate: Gate) -> list[str]:
    """The fixture of wider scope that grew most, if by more than a test may.

    No test's figure includes it, nor does their sum.
    """
    grown = {
        name: growth_j
        for name, joules in now.items()
        if (growth_j := joules - before.get(name, 0.0)) > gate.floor_j
        and growth_j > gate.threshold * before.get(name, 0.0)
    }
    if not grown:
        return []
    name = max(grown, key=lambda each: grown[each])
    was, is_now = (units.quantity(side.get(name), "J") for side in (before, now))
    return [f"in addition to the tests, fixture {name} grew most: {was} to {is_now}"]


def _figure(now: Past, nodeid: str, opponent: Opponent, gate: Gate) -> Sample | None:
    """What a test of this session cost: if it was measured again, the middle run.

    An outlying first run that repeats have cleared must not make the session a regression.
    """
    if nodeid in now.again:
        return gate.typical_run(opponent.samples(nodeid), now.again[nodeid])
    return now.sample(nodeid, opponent.compared)


def _sum(figures: Sequence[Sample | None]) -> Sample | None:
    """The total cost of tests; None if one has no figure, or if there are none.

    The cost of the reference workload is chosen so that the quotient is the sum of the tests' own
    quotients. The sum scatters as much between sessions as one test does, and less within one: it
    counts as the median of as many repeats as there are tests of equal cost that would make it up.
    """
    samples = [each for each in figures if each is not None]
    if not samples or len(samples) < len(figures):
        return None
    costs_j = [each.cost_j for each in samples]
    cost_j = math.fsum(costs_j)
    if not cost_j:
        return Sample(cost_j)
    reference_j = None
    if all(each.reference_j for each in samples):
        reference_j = cost_j / math.fsum(
            each.cost_j / each.reference_j for each in samples if each.reference_j
        )
    return Sample(
        cost_j,
        reference_j,
        moved=math.fsum(each.moved * each.cost_j for each in samples) / cost_j,
        meter_j=math.hypot(*(each.meter_j for each in samples)),
        duration_s=math.fsum(each.duration_s for each in samples),
        repeats=max(1, int(cost_j**2 / math.fsum(each**2 for each in costs_j))),
    )
