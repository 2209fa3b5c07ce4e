"""Tests whose energy changed: a table with what each was judged on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from pytest_scer.core import units
from pytest_scer.core.units import counted
from pytest_scer.formats.terminal.blocks import MOST, Items
from pytest_scer.formats.terminal.screen import Line, Screen
from pytest_scer.formats.terminal.table import Column, with_names
from pytest_scer.lazy_dataclass import dataclass

ORDER: Final = ("regression", "improved", "inconclusive", "unmeasured", "ok")
"""The verdicts in the order of the table."""
STYLES: Final = {"regression": "bad", "improved": "good", "inconclusive": "doubtful"}


@dataclass(frozen=True)
class Change:
    """A test on both sides of a comparison.

    Attributes:
        name: Its name.
        verdict: One of :data:`ORDER`.
        before_j: Its joules in the baseline; None if unknown.
        now_j: Its joules now, corrected as the comparison was.
        growth: Their growth in words, as in ``+40%``.
        around: How far that may be off, in words.
        judged_on: What the verdict rests on.
        notes: What else may be the cause.
    """

    name: str
    verdict: str
    before_j: float | None
    now_j: float | None
    growth: str
    around: str
    judged_on: str
    notes: Sequence[str] = ()

    @property
    def difference_j(self) -> float:
        """How many joules it is, in either direction."""
        if self.before_j is None or self.now_j is None:
            return 0.0
        return abs(self.now_j - self.before_j)


def counts(verdicts: Sequence[str]) -> str:
    """How many tests have which verdict, the most important ones first."""
    found = Counter(verdicts)
    parts = [
        counted(found[name], name) if name == "regression" else f"{found[name]:,} {word(name)}"
        for name in ORDER
        if found[name]
    ]
    return ", ".join(parts) or "none"


def word(verdict: str) -> str:
    """What a verdict is called where many are listed."""
    return {"ok": "unchanged", "unmeasured": "not compared"}.get(verdict, verdict)


def block(
    title: str,
    changes: Sequence[Change],
    screen: Screen,
    *,
    tail: Sequence[Line] = (),
    whole: bool = False,
    sides: tuple[str, str] = ("before", "now"),
) -> Items:
    """Lay out changed tests: regressions first, and of each verdict the most joules.

    Args:
        title: What stands above the names.
        changes: The tests; those that are ok or could not be compared only count as a whole.
        screen: Where it is printed.
        tail: What is said below.
        whole: Whether every test is shown, with its whole name.
        sides: What the two columns of joules are called.
    """
    ranked = sorted(
        (each for each in changes if whole or each.verdict in STYLES),
        key=lambda each: (ORDER.index(each.verdict), -each.difference_j, each.name),
    )

    def more(shown: int) -> Line:
        rest = [each.verdict for each in ranked[shown:]]
        text = f"  {counted(len(rest), 'more test')}: {counts(rest)}"
        return Line(screen.cut(text), "bad" if "regression" in rest else "")

    shown = ranked if whole else ranked[:MOST]
    if not shown:
        return Items([Line(screen.cut(title), "title")] if tail else [], [], more, tail)
    header, *rows = _table(title, shown, screen, sides, whole=whole)
    items = [
        [
            *(Line(line, STYLES.get(each.verdict, "")) for line in row),
            *_detail(each, screen, whole=whole),
        ]
        for each, row in zip(shown, rows, strict=True)
    ]
    head = [Line(line, "title") for line in header]
    return Items(head, items, more, tail, left_out=len(ranked) - len(shown))


def _table(
    title: str, shown: Sequence[Change], screen: Screen, sides: tuple[str, str], *, whole: bool
) -> list[list[str]]:
    joules = units.in_one_unit(
        [*(each.before_j for each in shown), *(each.now_j for each in shown)], "J"
    )
    figures = [
        Column(sides[0], joules[: len(shown)], rank=1),
        Column(sides[1], joules[len(shown) :]),
        Column("change", [each.growth for each in shown]),
        Column("", [each.around for each in shown], left=True, rank=2),
        Column("", [_verdict(each.verdict) for each in shown], left=True),
    ]
    return with_names(title, [each.name for each in shown], figures, screen, whole=whole)


def _verdict(verdict: str) -> str:
    return verdict.upper() if verdict == "regression" else word(verdict)


def _detail(change: Change, screen: Screen, *, whole: bool) -> list[Line]:
    said = [change.judged_on, *change.notes] if whole else [change.judged_on, *change.notes[:1]]
    if change.verdict == "ok":
        said = said[1:]
    return [
        line
        for text in said
        if text
        for line in screen.wrap(f"    {text}", most=None if whole else 2)
    ]
