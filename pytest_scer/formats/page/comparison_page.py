"""The page of a comparison: what changed, by how much, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from pytest_scer.baseline.advice import advice
from pytest_scer.baseline.compare import Compared
from pytest_scer.baseline.gate import RULE
from pytest_scer.baseline.past import Past
from pytest_scer.charts import slopes
from pytest_scer.core import COMPONENTS, units
from pytest_scer.formats import comparison
from pytest_scer.formats.page.advice import items
from pytest_scer.formats.page.answer import Fact
from pytest_scer.formats.page.changes import STATES, Row, row
from pytest_scer.formats.page.figures import Figure, quantity
from pytest_scer.formats.page.shell import Page, render
from pytest_scer.formats.page.table import MOST_WHOLE
from pytest_scer.formats.terminal import baseline
from pytest_scer.formats.terminal.headline import counted
from pytest_scer.report.baseline_entry import BaselineEntry
from pytest_scer.report.names import Names

MOST_ROWS: Final = 2000
"""How many tests are listed: changed ones first, and of equal verdicts those with most joules."""
MOST_NAMES: Final = 200
"""How many new, vanished and renamed tests are listed."""
_COUNTED: Final = {
    "regression": "Regressions",
    "improved": "Improved",
    "inconclusive": "Inconclusive",
    "ok": "Unchanged",
    "unmeasured": "Not compared",
}
_SCRIPTS: Final = ("saving.js", "tables.js", "comparison.js")


def dump_comparison(compared: Compared) -> Iterator[str]:
    """Yield the page as one HTML document.

    Args:
        compared: The comparison.
    """
    names = Names([*compared.judged, *compared.new, *compared.vanished])
    rows = comparison.ranked(compared)
    verdict, state = comparison.verdict(compared)
    drawn = {"slopes": slopes.chart(compared), "intervals": slopes.intervals(compared)}
    yield render(
        Page(
            title=f"SCER comparison: {verdict}",
            template="comparison.html",
            context={
                "answer": {
                    "verdict": verdict,
                    "state": state,
                    "total": f"all tests together: {baseline.session_text(compared.session)}",
                    "facts": list(_facts(compared)),
                    "said": list(_said(compared)),
                },
                "sides": _sides(compared),
                "rows": [
                    _row(names.short(nodeid), nodeid, each) for nodeid, each in rows[:MOST_ROWS]
                ],
                "more": max(len(rows) - MOST_ROWS, 0),
                "verdicts": list(dict.fromkeys(each.verdict for _, each in rows)),
                "components": " + ".join(compared.session.components),
                "findings": items(advice(compared), names),
                "names": _names(compared, names),
                "rule": RULE,
            },
            charts={name: chart for name, chart in drawn.items() if chart is not None},
            data=_data(compared),
            scripts=_SCRIPTS,
        )
    )


def _data(compared: Compared) -> dict[str, bytes]:
    """The comparison as JSON, unless it would make most of the page."""
    if len(compared.judged) > MOST_WHOLE:
        return {}
    return {"comparison": "".join(comparison.as_json(compared)).encode()}


def _row(name: str, nodeid: str, entry: BaselineEntry) -> Row:
    """A row; what unchanged tests were judged on is of no interest."""
    found = row(name, nodeid, entry)
    return replace(found, judged_on="") if entry.verdict == "ok" else found


def _facts(compared: Compared) -> Iterator[Fact]:
    session = compared.session
    now, correction = session.corrected_j, session.corrected_by
    speed = "" if correction is None else f", corrected for machine speed x {correction:.2f}"
    yield Fact(
        "Baseline", quantity(session.value, "J", "session.value"), _grams(session.baseline_co2e_g)
    )
    yield Fact("Now", quantity(now, "J"), f"{_grams(session.co2e_g)}{speed}")
    if session.change is not None and session.noise is not None:
        yield Fact(
            "Change",
            Figure(f"{session.change:+.0%}", session.change, "session.change"),
            f"±{session.noise:.0%}, {session.verdict}; limit {session.threshold:.0%}",
            STATES.get(session.verdict, ""),
        )
    for verdict, name in _COUNTED.items():
        number = compared.count(verdict)
        if number or verdict in STATES:
            state = STATES.get(verdict, "") if number else ""
            yield Fact(name, Figure(f"{number:,}", number), state=state)


def _grams(co2e_g: float | None) -> str:
    return units.quantity(co2e_g, "g", suffix=" CO2e") if co2e_g is not None else "CO2e unknown"


def _said(compared: Compared) -> Iterator[str]:
    """Yield what else a reader of the result must know."""
    yield comparison.sides(compared)
    yield from comparison.estimates(compared.sessions[-1])
    yield from (f"not comparable: {each}" for each in compared.differences.blocking)
    yield from compared.session.notes
    yield from baseline.visibility(compared.judged.values())


def _sides(compared: Compared) -> list[tuple[str, str, str, bool]]:
    """What was compared: name, baseline, now, and whether they differ."""
    before, now = (dict(_side(past)) for past in compared.sessions)
    before["file"] = compared.base
    rows = [(name, before.get(name, "-"), now.get(name, "-")) for name in {**before, **now}]
    return [(*each, each[1] != each[2]) for each in rows]


def _side(past: Past) -> Iterator[tuple[str, str]]:
    mark = past.fingerprint
    yield "file", past.name
    yield "started", past.started_at.replace("T", " ").partition("+")[0] + " UTC"
    yield "commit", past.commit or "unknown"
    yield "branch", past.branch or "unknown"
    yield "tests with a figure", f"{len(past.tests):,}"
    yield "grid", f"{past.g_per_kwh:g} gCO2e per kWh, {past.location}"
    yield "PUE", f"{past.pue:g}"
    yield "CPU", f"{mark.cpu}, {counted(mark.logical_cores, 'hardware thread')}"
    yield "GPUs", ", ".join(mark.gpus) or "none"
    yield from ((f"{name} meter", mark.meters[name]) for name in COMPONENTS)
    yield "workers", f"{mark.workers}"
    yield from mark.versions.items()


def _names(compared: Compared, names: Names) -> dict[str, dict[str, Any]]:
    """The tests that only one side has, by what they are."""
    renamed = [f"{new} may be the former {old}" for new, old in compared.renamed.items()]
    return {
        "Renamed": _listed(renamed),
        "New": _listed([names.short(each) for each in compared.new]),
        "Vanished": _listed([names.short(each) for each in compared.vanished]),
    }


def _listed(texts: Sequence[str]) -> dict[str, Any]:
    return {
        "shown": texts[:MOST_NAMES],
        "all": len(texts),
        "more": max(len(texts) - MOST_NAMES, 0),
    }
