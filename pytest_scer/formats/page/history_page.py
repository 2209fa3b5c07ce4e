"""The page of a history: the total and each test over time, and where levels moved."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from statistics import median
from typing import Any, Final

from pytest_scer.baseline.gate import RULE
from pytest_scer.baseline.history import Baseline, Opponent
from pytest_scer.baseline.past import Past
from pytest_scer.baseline.trends import Trend, Trends, trends_of
from pytest_scer.charts import history
from pytest_scer.charts.chart import Chart
from pytest_scer.core.units import counted
from pytest_scer.formats import comparison
from pytest_scer.formats.page.answer import Fact
from pytest_scer.formats.page.figures import Figure, quantity
from pytest_scer.formats.page.history_data import as_json
from pytest_scer.formats.page.shell import Page, render
from pytest_scer.formats.page.sparkline import HEIGHT, WIDTH, Sparkline, sparkline
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.names import Names

MOST_ROWS: Final = 1000
"""How many tests are listed: those that moved most."""
_SCRIPTS: Final = ("saving.js", "tables.js", "history.js")


@dataclass(frozen=True)
class Row:
    """A test over its sessions."""

    name: str
    nodeid: str
    spark: Sparkline
    said: str
    last: Figure
    level: Figure
    moved: Figure
    since: str
    anchored: Figure
    sessions: int
    state: str
    verdict: str


def dump_history(baseline: Baseline) -> Iterator[str]:
    """Yield the page as one HTML document.

    Args:
        baseline: A history of at least one session.
    """
    trends = trends_of(baseline)
    names = Names(trend.nodeid or "" for trend in trends.tests)
    anchor = baseline.anchored(trends.sessions[-1].fingerprint)
    verdict, state = _verdict(trends)
    rows = [_row(each, trends, names, anchor) for each in trends.tests[:MOST_ROWS]]
    yield render(
        Page(
            title=f"SCER history: {verdict}",
            template="history.html",
            context={
                "answer": {
                    "verdict": verdict,
                    "state": state,
                    "total": _total(trends),
                    "facts": list(_facts(trends, baseline)),
                    "said": list(_said(trends)),
                },
                "rows": rows,
                "more": max(len(trends.tests) - MOST_ROWS, 0),
                "verdicts": list(dict.fromkeys(row.verdict for row in rows)),
                "sessions": [_session(index, trends) for index in _newest_first(trends)],
                "several_branches": len(_branches(trends)) > 1,
                "has_anchor": anchor is not None,
                "spark": {"width": WIDTH, "height": HEIGHT},
                "components": " + ".join(trends.components),
                "rule": RULE,
            },
            charts=_charts(trends),
            data={"history": as_json(trends, MOST_ROWS)},
            scripts=_SCRIPTS,
        )
    )


def _charts(trends: Trends) -> dict[str, Chart]:
    # What is said of all of them stands above them once.
    small = (replace(chart, note="") for chart in history.tests(trends))
    found = {f"test{number}": chart for number, chart in enumerate(small)}
    total = history.total(trends)
    return found if total is None else {"total": total, **found}


def _verdict(trends: Trends) -> tuple[str, str]:
    newest, compared = trends.sessions[-1], len(trends.sessions[-1].tests)
    if len(trends.sessions) < 2 and trends.left_out:
        return "no other session is comparable with the newest one", "doubtful"
    if len(trends.sessions) < 2:
        return "one session: nothing to compare it with yet", ""
    if newest.regressed:
        which = counted(compared, "test")
        return f"{len(newest.regressed):,} of {which} REGRESSED in the newest session", "bad"
    return "no regression in the newest session", "good"


def _total(trends: Trends) -> str:
    days = dict.fromkeys(_day(trends.sessions[each]) for each in (0, -1))
    text = f"{counted(len(trends.sessions), 'session')}, {' to '.join(days)}"
    if len(trends.sessions) < 2:
        return text
    up, down = (sum(_direction(each) == sign for each in trends.tests) for sign in (1, -1))
    moved = ", ".join(
        f"{counted(number, 'test')} {where}"
        for number, where in ((up, "up"), (down, "down"))
        if number
    )
    return f"{text}; levels moved: {moved}" if moved else f"{text}; no level moved"


def _direction(trend: Trend) -> int:
    """1 if its level is higher than the first one, -1 if lower, 0 if it did not move."""
    if len(trend.levels) < 2:
        return 0
    return 1 if trend.moved_j > 0 else -1


def _facts(trends: Trends, baseline: Baseline) -> Iterator[Fact]:
    left_out = f"{trends.left_out:,} more not comparable" if trends.left_out else ""
    yield Fact("Sessions", _count(len(trends.sessions)), left_out)
    branches = _branches(trends)
    if branches:
        levels = f"levels are those of {trends.branch}" if len(branches) > 1 else ""
        yield Fact("Branches", _count(len(branches)), levels or branches[0])
    total = trends.total
    if total is not None:
        which = f"all {total.tests:,} common tests"
        yield Fact("Newest total", quantity(total.points[-1].energy_j, "J", "total.last_j"), which)
        if (moved := _moved(total)) is not None:
            since = _since(total, trends)
            yield Fact("Total moved", Figure(f"{moved:+.0%}", moved, "total.moved"), since)
    number = len(trends.sessions[-1].regressed)
    yield Fact("Regressions", _count(number), "newest session", "bad" if number else "")
    accepted = len(baseline.levels)
    if accepted:
        yield Fact("Accepted levels", _count(accepted), "pytest-scer accept")


def _count(number: int) -> Figure:
    return Figure(f"{number:,}", number)


def _said(trends: Trends) -> Iterator[str]:
    yield f"energy of {' + '.join(trends.components)}"
    yield from comparison.estimates(trends.sessions[-1])
    yield (
        "a level is a run of sessions in which a test cost the same, apart from noise; the band "
        "around it is where 95% of single sessions are expected"
    )


def _branches(trends: Trends) -> list[str]:
    return list(dict.fromkeys(past.branch for past in trends.sessions if past.branch is not None))


def _moved(trend: Trend) -> float | None:
    """How much the newest level lies over the first one, as a share; None if it did not move."""
    return math.expm1(trend.moved) if len(trend.levels) > 1 else None


def _since(trend: Trend, trends: Trends) -> str:
    """Where the newest level begins."""
    past = trends.sessions[trend.levels[-1].first]
    commit = f", commit {past.commit[: history.COMMIT]}" if past.commit else ""
    return f"since {_day(past)}{commit}"


def _day(past: Past) -> str:
    return past.started_at[:10]


def _row(trend: Trend, trends: Trends, names: Names, anchor: Opponent | None) -> Row:
    nodeid = trend.nodeid or ""
    moved, last = _moved(trend), trend.points[-1]
    verdict = "regression" if last.regressed else "moved" if moved is not None else "steady"
    level_j = trend.levels[-1].energy_j
    return Row(
        names.short(nodeid),
        nodeid,
        sparkline(trend, len(trends.sessions)),
        f"{counted(len(trend.points), 'session')}, {counted(len(trend.levels), 'level')}",
        quantity(last.energy_j, "J"),
        quantity(level_j, "J"),
        Figure("-" if moved is None else f"{moved:+.0%}", moved),
        "; ".join(_notes(trend, trends)),
        _anchored(trend, anchor),
        len(trend.points),
        {"regression": "bad", "moved": "doubtful" if _direction(trend) > 0 else "good"}.get(
            verdict, ""
        ),
        {"moved": "moved up" if _direction(trend) > 0 else "moved down"}.get(verdict, verdict),
    )


def _notes(trend: Trend, trends: Trends) -> Iterator[str]:
    if len(trend.levels) > 1:
        yield _since(trend, trends)
    if trend.accepted is not None:
        yield f"level accepted from {_day(trends.sessions[trend.accepted])} on"


def _anchored(trend: Trend, anchor: Opponent | None) -> Figure:
    """How much the newest level lies over the median of the anchor, as a share."""
    samples = [] if anchor is None else anchor.samples(trend.nodeid or "")
    before_j = median(sample.cost_j for sample in samples) if samples else 0.0
    if not before_j > 0:
        return Figure("-")
    share = trend.levels[-1].energy_j / before_j - 1
    return Figure(f"{share:+.0%}", share)


def _newest_first(trends: Trends) -> range:
    return range(len(trends.sessions) - 1, -1, -1)


def _session(index: int, trends: Trends) -> dict[str, Any]:
    past = trends.sessions[index]
    points = () if trends.total is None else trends.total.points
    total_j = next((each.energy_j for each in points if each.session == index), None)
    return {
        "started": past.started_at.replace("T", " ").partition("+")[0],
        "branch": past.branch or "unknown",
        "commit": past.commit or "unknown",
        "tests": _count(len(past.tests)),
        "total": quantity(total_j, "J"),
        "regressions": _count(len(past.regressed)),
        "file": past.name,
    }
