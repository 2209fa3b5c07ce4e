"""What ran when: tests, fixtures and idle time as spans in lanes, one lane for each worker."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from pytest_scer.charts.quantities import NOT_SPLIT, by_component
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.model import LOCAL_WORKER, FixtureEntry, Report, TestEntry
from pytest_scer.report.names import Names

_LEAST_GAP_S: Final = 1e-3
"""Less time than this between two stages of a test is nothing but measuring."""
MOST: Final = 1500
"""How many spans are drawn: neighbours are joined if there are more."""


@dataclass(frozen=True, slots=True)
class Span:
    """Something that used energy for a while.

    Attributes:
        lane: The worker that ran it.
        kind: ``test``, ``fixture``, ``repeats`` or ``idle``.
        name: What it is.
        start_s: When it began, in seconds since the session started.
        end_s: When it ended.
        joules: Joules of each component that is known; :data:`NOT_SPLIT` for those of all together.
        test: The index of the test in the report.
        complete: Whether none of its figures is missing.
    """

    lane: str
    kind: str
    name: str
    start_s: float
    end_s: float
    joules: Mapping[str, float]
    test: int | None = None
    complete: bool = True

    @property
    def energy_j(self) -> float:
        """Its known joules."""
        return math.fsum(self.joules.values())

    @property
    def power_w(self) -> float | None:
        """Average power in watts; None if it took no time, or if a figure is missing."""
        seconds = self.end_s - self.start_s
        return self.energy_j / seconds if seconds > 0 and self.complete else None


def spans_of(report: Report) -> list[Span]:
    """Return the spans of a report whose times are known, by lane and start.

    Fixtures of wider scope are drawn from the start of their set-up on, with their tear-down right
    behind it. What measuring tests again cost is spread evenly over the time that it took.
    """
    spans = _Spans(report)
    for number, test in enumerate(report.tests):
        if test.start_s is not None:
            spans.add_test(number, test, test.start_s)
    spans.share_repeats()
    spans.add_idle()
    return sorted(spans.found, key=lambda span: (span.lane, span.start_s, span.end_s))


class _Spans:
    """The spans of a report, collected test by test."""

    def __init__(self, report: Report) -> None:
        self.found: list[Span] = []
        self._report = report
        self._names = Names(test.nodeid for test in report.tests)
        self._several = len({test.host for test in report.tests}) > 1
        self._gaps: list[Span] = []
        self._built: dict[tuple[str, str], list[FixtureEntry]] = defaultdict(list)
        for fixture in report.fixtures:
            self._built[fixture.worker, fixture.nodeid].append(fixture)
        self._starts: dict[tuple[str, str], list[float]] = defaultdict(list)
        for test in report.tests:
            if test.start_s is not None:
                self._starts[test.worker, test.nodeid].append(test.start_s)

    def add_test(self, number: int, test: TestEntry, start_s: float) -> None:
        """Add the stages of a test, the fixtures that were built for it, and its repeats."""
        lane = lane_of(test, several=self._several)
        at_s = start_s
        for fixture in self._built_for(test, start_s):
            begun_s = at_s if fixture.start_s is None else fixture.start_s
            at_s = begun_s + fixture.measurement.duration_s
            called = f"fixture {fixture.name} ({fixture.scope})"
            joules = by_component(fixture.measurement)
            complete = fixture.measurement.complete
            self.found.append(
                Span(lane, "fixture", called, begun_s, at_s, joules, complete=complete)
            )
        name = self._names.attempt(test)
        for stage, measured in test.stages.items():
            if measured is None:
                continue
            # Fixtures of wider scope are set up first, within the stage but not charged to it.
            begun_s = at_s if stage == "setup" else max(test.starts_s.get(stage, at_s), at_s)
            if begun_s - at_s >= _LEAST_GAP_S:
                again = f"repeats for {name}"
                self._gaps.append(Span(lane, "repeats", again, at_s, begun_s, {}, number))
            at_s = begun_s + measured.duration_s
            joules = by_component(measured)
            self.found.append(
                Span(lane, "test", name, begun_s, at_s, joules, number, measured.complete)
            )

    def _built_for(self, test: TestEntry, start_s: float) -> list[FixtureEntry]:
        """Take the fixtures that were built for a test, not those for its run on another host.

        Reports that were merged may have both; they are built after their test has started.
        """
        key = test.worker, test.nodeid
        found: list[FixtureEntry] = []
        others: list[FixtureEntry] = []
        for fixture in self._built[key]:
            (found if self._built_in(fixture, key) in (None, start_s) else others).append(fixture)
        self._built[key] = others
        return found

    def _built_in(self, fixture: FixtureEntry, key: tuple[str, str]) -> float | None:
        """When the run started that built a fixture; None if that is unknown."""
        if fixture.start_s is None:
            return None
        latest_s = fixture.start_s + _LEAST_GAP_S
        return max((each for each in self._starts[key] if each <= latest_s), default=None)

    def share_repeats(self) -> None:
        """Add the time between stages: that is when tests are measured again."""
        total_j = self._report.totals.confirming_energy_j
        whole_s = math.fsum(gap.end_s - gap.start_s for gap in self._gaps)
        if not total_j > 0 or not whole_s > 0:
            return
        for gap in self._gaps:
            joules = total_j * (gap.end_s - gap.start_s) / whole_s
            self.found.append(replace(gap, joules={NOT_SPLIT: joules}))

    def add_idle(self) -> None:
        """Add the measurement of the idle machine, before all tests."""
        idle = self._report.idle
        if idle is None or idle.start_s is None:
            return
        end_s = idle.start_s + idle.duration_s
        joules = {NOT_SPLIT: idle.power_w * idle.duration_s}
        lanes = {span.lane for span in self.found}
        lane = lanes.pop() if len(lanes) == 1 else "machine"
        self.found.append(Span(lane, "idle", "idle machine", idle.start_s, end_s, joules))


def lane_of(test: TestEntry, *, several: bool) -> str:
    """What the lane of a test is called."""
    worker = "tests" if test.worker == LOCAL_WORKER else test.worker
    return f"{test.host} {worker}" if several else worker


def joined(spans: Sequence[Span], most: int = MOST) -> list[Span]:
    """Join the spans of each test, then the shortest neighbours until few enough are left.

    No joule is lost.

    Args:
        spans: The spans, by lane and start.
        most: At most this number of spans.
    """
    found = of_tests = list(_runs(spans, 0.0))
    short_s = 0.0
    whole_s = max((span.end_s for span in spans), default=0.0)
    while len(found) > most and short_s < whole_s:
        short_s = max(2 * short_s, whole_s / most / 4)
        found = list(_runs(of_tests, short_s))
    return found


def _runs(spans: Sequence[Span], short_s: float) -> Iterator[Span]:
    """Yield the spans with neighbours joined that are one test, or short and of one kind."""
    run: list[Span] = []
    for span in spans:
        if run and not _belongs(run, span, short_s):
            yield _one(run)
            run = []
        run.append(span)
    if run:
        yield _one(run)


def _belongs(run: Sequence[Span], span: Span, short_s: float) -> bool:
    first = run[0]
    if (first.lane, first.kind) != (span.lane, span.kind):
        return False
    same = span.test is not None and first.test == span.test
    return same or span.end_s - first.start_s <= short_s


def _one(run: Sequence[Span]) -> Span:
    first = run[0]
    joules: dict[str, list[float]] = defaultdict(list)
    for span in run:
        for name, value in span.joules.items():
            joules[name].append(value)
    several = len({(span.test, span.name) for span in run})
    return Span(
        first.lane,
        first.kind,
        first.name if several == 1 else f"{several:,} {first.kind}s",
        first.start_s,
        max(span.end_s for span in run),
        {name: math.fsum(values) for name, values in joules.items()},
        first.test if several == 1 else None,
        all(span.complete for span in run),
    )


def power(spans: Sequence[Span], bins: int) -> list[dict[str, float]]:
    """Spread the energy of spans evenly over their time, and sum it in bins of equal width.

    Args:
        spans: The spans of all lanes.
        bins: How many bins.

    Returns:
        For each bin ``start_s``, ``end_s``, and joules of each component. They sum to the joules of
        the spans.
    """
    end_s = max((span.end_s for span in spans), default=0.0)
    if not end_s > 0:
        return []
    width_s = end_s / bins
    sums: list[dict[str, float]] = [defaultdict(float) for _ in range(bins)]
    for span in spans:
        first = min(int(span.start_s / width_s), bins - 1)
        last = min(int(span.end_s / width_s), bins - 1)
        seconds = span.end_s - span.start_s
        for number in range(first, last + 1):
            low_s = max(span.start_s, number * width_s)
            high_s = span.end_s if number == last else (number + 1) * width_s
            share = (high_s - low_s) / seconds if seconds > 0 else 1.0
            for name, joules in span.joules.items():
                sums[number][name] += joules * share
    return [
        {"start_s": number * width_s, "end_s": (number + 1) * width_s, **joules}
        for number, joules in enumerate(sums)
    ]
