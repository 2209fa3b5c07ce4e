"""A session held against its baseline as a whole: the sum of the tests that both have."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from pytest_scer.baseline.gate import Gate, Threshold
from pytest_scer.baseline.history import Baseline, Opponent
from pytest_scer.baseline.judging import entry_of, worst_of
from pytest_scer.baseline.noise import Sample
from pytest_scer.baseline.store import Past
from pytest_scer.core import units
from pytest_scer.report.model import BaselineEntry


def compare_session(now: Past, baseline: Baseline, threshold: Threshold) -> BaselineEntry:
    """Hold the tests that passed in both against the baseline's, all together.

    Args:
        now: The session.
        baseline: What to compare with; it has at least one session.
        threshold: How much dearer the whole may become.

    Returns:
        What came of it, the worse of rolling baseline and anchor.
    """
    rolling, *anchored = (
        _compare(now, opponent, name, threshold)
        for name, opponent in baseline.opponents(now.fingerprint).items()
    )
    return worst_of([rolling, *(entry for entry in anchored if entry.comparable)])


def _compare(now: Past, opponent: Opponent, name: str, threshold: Threshold) -> BaselineEntry:
    # Of a history, the newest of those with the most tests: the last may have run some only.
    before = max(reversed(opponent.sessions), key=lambda past: len(past.tests.keys() & now.tests))
    common = sorted(
        nodeid
        for nodeid in now.tests.keys() & before.tests.keys()
        if now.tests[nodeid].reads == before.tests[nodeid].reads
    )
    reason = None
    if opponent.differences.blocking:
        reason = f"joules cannot be compared: {'; '.join(opponent.differences.blocking)}"
    elif not common:
        reason = "no test has a figure of the same stages both in the baseline and now"
    sums = (_sum(past, common, opponent.compared) for past in opponent.sessions)
    base = [each for each in sums if each is not None]
    whole = _sum(now, common, opponent.compared)
    head = [] if whole is None else [whole]
    gate = Gate(
        threshold,
        threshold.floor_j(opponent.g_per_j),
        max(len(common), 1),
        opponent.spread(now.fingerprint),
    )
    if reason is None and not (base and head):
        reason = "a test of theirs has no figure"
    found = None if reason is not None else gate.compare(base, head)
    entry = entry_of(opponent, name, gate, found, reason=reason, base=base, head=head)
    if found is not None:
        entry.method = f"sum of the {len(common)} tests that both have: {entry.method}"
        entry.notes = _grown_fixture(before.fixtures, now.fixtures, gate)
    entry.baseline_cpu_time_s = math.fsum(before.tests[nodeid].cpu_time_s for nodeid in common)
    entry.cpu_time_s = math.fsum(now.tests[nodeid].cpu_time_s for nodeid in common)
    return entry


def _grown_fixture(before: Mapping[str, float], now: Mapping[str, float], gate: Gate) -> list[str]:
    """The fixture of wider scope that grew most, if by more than a test may.

    It is in no test's figure, nor in their sum.
    """
    grown = {
        name: growth_j
        for name, joules in now.items()
        if (growth_j := joules - before.get(name, 0.0)) > gate.floor_j
        and growth_j > gate.threshold.share * before.get(name, 0.0)
    }
    if not grown:
        return []
    name = max(grown, key=lambda each: grown[each])
    was, is_now = (units.quantity(side.get(name), "J") for side in (before, now))
    return [f"beside the tests, fixture {name} grew most: {was} to {is_now}"]


def _sum(
    past: Past,
    nodeids: Sequence[str],
    components: tuple[str, ...],
) -> Sample | None:
    """What the first runs of these tests cost together; None where one has no figure.

    Also of tests that were measured again: a baseline has first runs only. The reference workload's
    cost is chosen so that the quotient is the sum of the tests' own quotients.
    """
    samples = []
    for nodeid in nodeids:
        test = past.tests.get(nodeid)
        sample = None if test is None else test.sample(components)
        if sample is None:
            return None
        samples.append(sample)
    cost_j = math.fsum(each.cost_j for each in samples)
    reference_j = None
    if cost_j and all(each.reference_j for each in samples):
        reference_j = cost_j / math.fsum(
            each.cost_j / each.reference_j for each in samples if each.reference_j
        )
    return Sample(cost_j, reference_j, math.hypot(*(each.meter_j for each in samples)))
