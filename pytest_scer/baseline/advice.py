"""What to do about a comparison: accept growth, measure more often, or measure the baseline again.

The findings have the form of those of a report, so that every format shows both in one way.
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from pytest_scer.baseline.compare import Compared
from pytest_scer.baseline.judging import Judged
from pytest_scer.core import units
from pytest_scer.report.model import Finding

_MOST_IN_A_COMMAND: Final = 3
"""More tests than this are not named in a command."""


def advice(compared: Compared) -> list[Finding]:
    """Return what to do, the most urgent first; nothing if all is as before.

    Args:
        compared: The comparison.
    """
    by_verdict: dict[str, dict[str, Judged]] = defaultdict(dict)
    for nodeid, judged in compared.judged.items():
        by_verdict[judged.verdict][nodeid] = judged
    return [
        *_not_comparable(compared),
        *_regressions(compared, by_verdict["regression"]),
        *_inconclusive(by_verdict["inconclusive"]),
    ]


def _not_comparable(compared: Compared) -> Iterator[Finding]:
    reasons = compared.differences.blocking
    if reasons:
        yield Finding(
            "not comparable",
            f"joules cannot be compared: {'; '.join(reasons)}",
            severity="warning",
            remedy=f"pytest --scer-save-baseline {_place(compared)}   "
            "(on this machine; or compare two commits: pytest-scer ab)",
        )


def _regressions(compared: Compared, found: dict[str, Judged]) -> Iterator[Finding]:
    """Yield one finding for all tests that cost more, or for their sum if no test does alone."""
    if not compared.regressed:
        return
    session = compared.session
    growth_j = _growth_j(list(found.values()))
    if not found and session.value is not None and session.corrected_j is not None:
        growth_j = session.corrected_j - session.value
    nodeids = sorted(found, key=lambda nodeid: (-_growth_j([found[nodeid]]), nodeid))
    which = f"{len(found):,} test{'s' if len(found) > 1 else ''}" if found else "all tests together"
    verb = "costs" if len(found) == 1 else "cost"
    yield Finding(
        "regression",
        f"{which} {verb} {units.quantity(growth_j, 'J')} more than the baseline",
        nodeids,
        "warning",
        f"{_accept(compared, nodeids)}   (if the growth is intended; otherwise reduce the work)",
        growth_j,
        "J",
    )


def _growth_j(tests: Sequence[Judged]) -> float:
    found = (judged.found for judged in tests)
    return sum(each.corrected_j - each.baseline_j for each in found if each is not None)


def _accept(compared: Compared, nodeids: Sequence[str]) -> str:
    """The command that makes the new level the baseline."""
    if compared.directory is None:
        return f"pytest --scer-save-baseline {_place(compared)}"
    # Without names, it takes every regression of the newest session.
    named = nodeids if len(nodeids) <= _MOST_IN_A_COMMAND else []
    return shlex.join(["pytest-scer", "accept", str(compared.directory), *named])


def _inconclusive(found: dict[str, Judged]) -> Iterator[Finding]:
    if found:
        many = len(found) > 1
        yield Finding(
            "inconclusive",
            f"{len(found):,} test{'s' if many else ''} changed, but noise may explain it",
            sorted(found),
            "hint",
            "--scer-confirm 20   (measures such tests again)",
        )


def _place(compared: Compared) -> str:
    """The baseline on a command line."""
    return shlex.quote(str(compared.directory or compared.base))
