"""Totals over the tests of a report, and budgets checked against them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from pytest_scer.core.intensity import Conversion
from pytest_scer.core.judgement import Judgement, Limit, Verdict, judge
from pytest_scer.core.measurement import Measurement
from pytest_scer.core.sections import Units
from pytest_scer.core.uncertainty import relative
from pytest_scer.meters.accuracy import at_the_end
from pytest_scer.meters.base import HostTotals
from pytest_scer.meters.noise import noise_of
from pytest_scer.report.model import Report, TestEntry, Totals

TESTS: Final = "the tests"
"""Who did not count, in the reason of a budget that several tests share."""


def stages(tests: Iterable[TestEntry]) -> Iterator[Measurement]:
    """Yield every measured stage of every test."""
    for test in tests:
        yield from (stage for stage in test.stages.values() if stage is not None)


def totals(report: Report, final: HostTotals) -> Totals:
    """Return the host's energy, and how much of it is charged to tests and fixtures."""
    return Totals(
        cpu_j=final.cpu_j,
        gpu_j=final.gpu_j,
        ram_j=final.ram_j,
        tests_energy_j=math.fsum(stage.known_j for stage in stages(report.tests)),
        fixtures_energy_j=math.fsum(each.measurement.known_j for each in report.fixtures),
        confirming_energy_j=report.confirming_energy_j,
    )


def at_least(report: Report, counted: HostTotals) -> HostTotals:
    """What the host used, or its tests if that is more, for each component."""
    measured = list(stages(report.tests))

    def used(counted_j: float | None, name: str) -> float | None:
        counts = (getattr(each, name) for each in measured)
        known = [joules for joules in counts if joules is not None and not math.isnan(joules)]
        return None if counted_j is None else max(counted_j, math.fsum(known))

    return replace(
        counted,
        cpu_j=used(counted.cpu_j, "cpu_j"),
        gpu_j=used(counted.gpu_j, "gpu_j"),
        ram_j=used(counted.ram_j, "ram_j"),
    )


def relative_of_session(report: Report) -> float | None:
    """The uncertainty of the session's total as a share of it, as its budgets have it.

    Its noise between sessions is that of its meters.
    """
    whole = Measurement(
        duration_s=report.session.duration_s,
        cpu_time_s=math.nan,
        cpu_j=report.totals.cpu_j,
        gpu_j=report.totals.gpu_j,
        ram_j=report.totals.ram_j,
        uncertainty_j=0.0,
    )
    return relative(noise_of(report.meters).add_to(whole))


def finish(report: Report, final: HostTotals) -> None:
    """Add what is known once the last test has ended: length, totals, and how accurate they are."""
    report.session.duration_s = final.duration_s
    report.totals = totals(report, final)
    report.meters = at_the_end(report.meters, final.duration_s)


def sum_of_units(tests: Iterable[TestEntry]) -> dict[str, float]:
    """Add up the functional units that the tests produced."""
    counted = Units()
    for test in tests:
        counted.add(test.units)
    return counted.counts


def judge_sum(limit: Limit, tests: Sequence[TestEntry], conversion: Conversion) -> Judgement:
    """Check a budget against the sum of the measurements that the tests' own budgets use."""
    nothing = Judgement(limit, Verdict.UNMEASURED, None, None, 0)
    if not tests:
        return replace(nothing, reason="no test matches the pattern")
    missing = [test for test in tests if test.measurement is None and not _left_out(test)]
    measured = [test.measurement for test in tests if test.measurement is not None]
    if measured:
        whole = sum(measured[1:], measured[0])
        known = judge(limit, whole, sum_of_units(tests), conversion, who=TESTS)
        is_exceeded = known.verdict is Verdict.EXCEEDED and limit.budget.is_cumulative
        if is_exceeded or not missing:  # missing figures can only add to the sum
            return known
    if missing:
        reason = (
            f"{len(missing)} of {len(tests)} tests have no figure; "
            f"the first is {missing[0].nodeid}: {missing[0].unmeasured}"
        )
        return replace(nothing, reason=reason)
    return replace(nothing, reason="every test that matches the pattern was skipped")


def _left_out(test: TestEntry) -> bool:
    """Whether a test was skipped before its call, so that none of its cost can be missing."""
    return test.outcome in ("skipped", "xfailed") and test.stages["call"] is None
