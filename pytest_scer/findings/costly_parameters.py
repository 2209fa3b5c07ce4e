"""A parameter set costs a multiple of its siblings.

Evidence: the measurements of tests that differ only in their parameters; at least {FEWEST},
because of two nobody can say which one is unusual.

Threshold: the lower end of its interval is over {MULTIPLE:g} times the median of its siblings,
and it costs at least {FLOOR_J:g} J more. A neighbour on the same core makes the same work cost up
to twice as much.

Remedy: run the expensive parameter set only where it is needed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final, NamedTuple

from pytest_scer.core.units import counted
from pytest_scer.findings.rule import FLOOR_J, is_stall, joules
from pytest_scer.nodeids import function_of
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.model import Finding, Report

KIND: Final = "costly parameters"

MULTIPLE: Final = 3.0
"""Identical work costs up to twice as much next to a busy neighbour, so this is more than that."""
FEWEST: Final = 3
"""How many siblings there must be, the expensive one included."""


class _Sibling(NamedTuple):
    nodeid: str
    known_j: float
    least_j: float
    may_stall: bool


def find(report: Report) -> Iterator[Finding]:
    """Find the parameter sets that cost a multiple of the others."""
    siblings: dict[str, list[_Sibling]] = defaultdict(list)
    for test in last_attempts(report.tests):
        name = function_of(test.nodeid)
        measured = test.measurement
        if name != test.nodeid and measured is not None and measured.complete:
            least_j = measured.known_j - (measured.uncertainty_j or 0.0)
            may_stall = is_stall(measured, report)
            siblings[name].append(_Sibling(test.nodeid, measured.known_j, least_j, may_stall))
    for each in siblings.values():
        if len(each) >= FEWEST:
            yield from _among(each)


def _among(siblings: Sequence[_Sibling]) -> Iterator[Finding]:
    ranked = sorted(siblings, key=lambda each: -each.known_j)
    dear = ranked[0]
    others_j = median(each.known_j for each in ranked[1:])
    if dear.may_stall or dear.least_j <= MULTIPLE * others_j or dear.known_j - others_j < FLOOR_J:
        return
    ratio = f", {dear.known_j / others_j:,.0f} times as much" if others_j > 0 else ""
    yield Finding(
        KIND,
        f"this parameter set used {joules(dear.known_j)}; the median of its "
        f"{counted(len(ranked) - 1, 'sibling')} is {joules(others_j)}{ratio}",
        [dear.nodeid],
        "hint",
        'pytest.param(..., marks=pytest.mark.slow)   (and run pytest -m "not slow")',
        dear.known_j - others_j,
        "J",
    )
