"""The trend of each test over the sessions of a history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final

from pytest_scer.baseline.history import ROLLING, Baseline, Opponent
from pytest_scer.baseline.past import PastTest
from pytest_scer.core import units
from pytest_scer.core.units import counted
from pytest_scer.formats.terminal.screen import SPARKS, Line, Screen
from pytest_scer.formats.terminal.table import Column, with_names
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.names import Names

_DROP: Final = 0.5
"""The least drop from the highest figure, as a share of it, that a trend shows in full."""


@dataclass(frozen=True)
class _Trend:
    """The joules of a test, or of all together, session by session; the newest last.

    Attributes:
        name: What it is of.
        joules: At least one figure.
        anchor_j: The median of the anchor; None if it has none.
    """

    name: str
    joules: Sequence[float]
    anchor_j: float | None

    @property
    def middle_j(self) -> float:
        """The median of all sessions."""
        return median(self.joules)

    @property
    def change_j(self) -> float | None:
        """The last figure less the median of those before it; None if it is the only one."""
        *before, last = self.joules
        return last - median(before) if before else None

    @property
    def change(self) -> float | None:
        """The same as a share."""
        *before, _ = self.joules
        return (
            self.change_j / median(before) if self.change_j is not None and median(before) else None
        )


def text(baseline: Baseline, screen: Screen, *, top: int, whole: bool = False) -> Iterator[Line]:
    """Yield what the sessions are, then the trend of each test, the largest change first.

    Args:
        baseline: A history of at least one session.
        screen: Where it is printed.
        top: How many tests to show.
        whole: Whether to list every session and every test, with its whole name.
    """
    newest = baseline.sessions[-1].fingerprint
    rolling, anchor = baseline.against(newest), baseline.anchored(newest)
    yield from _sessions(baseline, rolling, screen, whole=whole)
    fixed = "none" if anchor is None else counted(len(anchor.sessions), "session")
    yield from screen.wrap(f"anchor: {fixed}")
    trends = _trends(rolling, anchor, Names(rolling.nodeids, whole=whole))
    shown = trends if whole else trends[:top]
    yield Line("")
    if shown:
        rows = [*_together(rolling, anchor), *shown]
        yield from _table(rows, rolling, screen, whole=whole)
    if len(trends) > len(shown):
        rest = counted(len(trends) - len(shown), "more test")
        yield Line(screen.cut(f"  {rest} changed less (--top {len(trends)} shows all)"))


def _sessions(
    baseline: Baseline, rolling: Opponent, screen: Screen, *, whole: bool
) -> Iterator[Line]:
    sessions = baseline.sessions
    days = dict.fromkeys(each.started_at[:10] for each in (sessions[0], sessions[-1]))
    text = f"{baseline.path}: {counted(len(sessions), 'session')}, {' to '.join(days)}"
    others = [each for each in sessions if not any(each is known for known in rolling.sessions)]
    if others:
        text += f"; {len(others):,} not comparable with the last one"
    yield from screen.wrap(text)
    for session in sessions if whole else ():
        remark = ", not comparable" if any(session is each for each in others) else ""
        tests = counted(len(session.tests), "test")
        yield from screen.wrap(f"  {session.started_at}  {session.name}: {tests}{remark}")


def _trends(rolling: Opponent, anchor: Opponent | None, names: Names) -> list[_Trend]:
    trends = []
    for nodeid in rolling.nodeids:
        joules = [sample.cost_j for sample in rolling.samples(nodeid)]
        fixed = [] if anchor is None else [each.cost_j for each in anchor.samples(nodeid)]
        if joules:
            trends.append(_Trend(names.short(nodeid), joules, median(fixed) if fixed else None))
    return sorted(trends, key=lambda trend: (-abs(trend.change_j or 0.0), trend.name))


def _together(rolling: Opponent, anchor: Opponent | None) -> Iterator[_Trend]:
    """Yield the sum of the tests that every session has; nothing if these are not several."""
    sessions = rolling.sessions[-ROLLING:]
    common = {
        nodeid
        for nodeid in rolling.nodeids
        if all(
            rolling.counts(past, nodeid) and _cost_j(past.tests[nodeid], rolling) is not None
            for past in sessions
        )
    }
    if len(common) < 2:
        return
    joules = [
        sum(_cost_j(past.tests[nodeid], rolling) or 0.0 for nodeid in common) for past in sessions
    ]
    fixed = [] if anchor is None else [anchor.samples(nodeid) for nodeid in common]
    known = all(fixed) and fixed
    anchor_j = sum(median(each.cost_j for each in one) for one in fixed) if known else None
    yield _Trend(f"all {len(common)} common tests", joules, anchor_j)


def _cost_j(test: PastTest, opponent: Opponent) -> float | None:
    return test.cost_j(opponent.compared)


def _table(
    rows: Sequence[_Trend], rolling: Opponent, screen: Screen, *, whole: bool
) -> Iterator[Line]:
    anchored = [trend.middle_j / trend.anchor_j - 1 if trend.anchor_j else None for trend in rows]
    figures = [
        Column("trend", [_sparkline(trend.joules) for trend in rows], left=True),
        Column("last", units.in_one_unit([trend.joules[-1] for trend in rows], "J")),
        Column("change", [_percent(trend.change) for trend in rows]),
        Column("median", units.in_one_unit([trend.middle_j for trend in rows], "J"), rank=2),
        Column("spread", [_spread(trend) for trend in rows], rank=3),
        Column("runs", [str(len(trend.joules)) for trend in rows], rank=4),
    ]
    if any(share is not None for share in anchored):
        figures.append(Column("to anchor", [_percent(share) for share in anchored], rank=1))
    title = f"energy of {' + '.join(rolling.compared)}"
    header, *table = with_names(title, [trend.name for trend in rows], figures, screen, whole=whole)
    yield from (Line(line, "title") for line in header)
    yield from (Line(line) for row in table for line in row)


def _sparkline(joules: Sequence[float]) -> str:
    """A character per session; noise looks flat, because the lowest one stands for a drop."""
    high = max(joules)
    low = min(*joules, (1 - _DROP) * high)
    if high <= low:
        return SPARKS[0] * len(joules)
    return "".join(
        SPARKS[round((each - low) / (high - low) * (len(SPARKS) - 1))] for each in joules
    )


def _spread(trend: _Trend) -> str:
    middle_j = trend.middle_j
    return f"{(max(trend.joules) - min(trend.joules)) / middle_j:.0%}" if middle_j else "-"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:+.0%}"
