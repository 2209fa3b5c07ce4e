"""The report of a session, as the terminal shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from pytest_scer.core import TOP
from pytest_scer.core.shown import uncommanded
from pytest_scer.core.units import counted
from pytest_scer.formats.terminal import (
    advice,
    baseline,
    budgets,
    details,
    foot,
    headline,
    hosted,
    model_calls,
    ratings,
    training,
    variants,
)
from pytest_scer.formats.terminal.blocks import MOST, Block, joined
from pytest_scer.formats.terminal.characters import display_width
from pytest_scer.formats.terminal.ranking import Ranking
from pytest_scer.formats.terminal.screen import MARKUP, Line, Screen
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.caveats import not_measured
from pytest_scer.report.files import Output
from pytest_scer.report.model import Report
from pytest_scer.report.names import Names
from pytest_scer.report.ratings import rated_scores

_LARGE = 0.05
"""The share of the total that a part needs where there is no room for all."""
_WARNINGS = 4
"""How many lines of warnings a report has that is not printed whole."""


@dataclass(frozen=True)
class View:
    """Which parts of a report to print.

    Attributes:
        report: Whether to print the report, or only what failed the session.
        sort: Order of the ranking, one of ``SORT_KEYS``.
        top: How many rows that has.
        verbosity: As ``-v`` and ``-q``: above 0 everything, below 0 two lines.
    """

    report: bool = True
    sort: str = "energy"
    top: int = TOP
    verbosity: int = 0


def show(
    report: Report, terminal: pytest.TerminalReporter, view: View, outputs: Iterable[Output]
) -> None:
    """Print the report, or only what failed the session.

    Args:
        report: The report.
        terminal: Where to print.
        view: Which parts to print.
        outputs: The files that were written.
    """
    screen = Screen.of()
    for title, lines in _sections(report, view, screen):
        for number, line in enumerate(lines):
            if number == 0 and title:
                terminal.section(title)
            terminal.line(uncommanded(line.text), **MARKUP[line.style])
    if view.verbosity >= 0:
        for output in outputs:
            terminal.line(screen.cut(f"SCER report: {output.path}"))


def _sections(report: Report, view: View, screen: Screen) -> Iterator[tuple[str, Iterable[Line]]]:
    """Yield titles and what stands below them; a section without lines is not printed."""
    if view.report:
        yield "SCER report", lines(report, view, screen)
        return
    names = Names([test.nodeid for test in report.tests])
    of_session = budgets.of_session(report, screen)
    yield "SCER budgets of the session", of_session.lines(of_session.size)
    compared = baseline.of_session(report, names, screen)
    yield "SCER baseline", compared.lines(MOST)
    live = (each for each in report.findings if each.kind == "live grid")
    yield "SCER live grid", (line for each in live for line in advice.lines_of(each, names, screen))
    yield "", _warnings(report, view, screen)


def lines(report: Report, view: View, screen: Screen) -> Iterator[Line]:
    """Yield the lines of the report.

    Args:
        report: The report.
        view: Which parts to print.
        screen: Where they are printed.
    """
    whole = view.verbosity > 0
    head = [*_head(report, view, screen)]
    yield from head
    warnings = [*_warnings(report, view, screen)]
    if view.verbosity < 0:
        yield from warnings
        return
    names = Names((test.nodeid for test in report.tests), whole=whole)
    foot_lines = [*foot.lines(report, screen)]
    ranking = Ranking(
        report,
        names,
        screen,
        sort=view.sort,
        top=max(view.top, len(report.tests) + len(report.fixtures)) if whole else view.top,
        whole=whole,
    )
    said = not_measured(report.meters)
    # By weight: where there is no room for all, ratings stay longer than what single tests called.
    blocks: list[tuple[Block, float]] = [
        (budgets.of_all(report, names, screen, whole=whole), 3),
        (baseline.of_session(report, names, screen, whole=whole, most=None if whole else 1), 2),
        (ratings.block(rated_scores(report), screen, said=said, whole=whole), 1),
        (variants.of_session(report, names, screen, whole=whole), 0.9),
        (model_calls.block(report, names, screen, whole=whole), 0.7),
        (training.block(report, names, screen, whole=whole), 0.9),
        (ranking, 5),
        (hosted.block(report, screen, whole=whole), 0.6),
        (advice.what_to_do(report, names, screen), 2),
    ]
    room = MOST - 1 - len(head) - len(foot_lines) - 1 - len(warnings) + max(view.top - TOP, 0)
    if whole:
        room = sum(block.size + 1 for block, _ in blocks)
    yield from joined(blocks, room)
    yield Line("")
    yield from foot_lines
    yield from warnings
    if whole:
        yield from details.lines(report, screen)


def _head(report: Report, view: View, screen: Screen) -> Iterator[Line]:
    """Yield the verdict, and the total with as much of its parts as there is room for."""
    verdict, style = headline.verdict(report)
    total = headline.total(report)
    said = [f"{total}: {parts}" for parts in _parts(report) if parts]
    fitting = next((text for text in said if display_width(screen.text(text)) <= screen.width), "")
    if view.verbosity < 0:
        yield Line(screen.cut(verdict), style)
        yield Line(screen.cut(fitting or total))
        return
    yield from screen.wrap(verdict, style, most=2)
    yield from screen.wrap(fitting or said[-1] if said else total, most=2)


def _parts(report: Report) -> tuple[str, str]:
    """The parts of the total, and only the large ones."""
    return headline.parts(report), headline.parts(report, _LARGE)


def _warnings(report: Report, view: View, screen: Screen) -> Iterator[Line]:
    """Yield the warnings: all of them, unless the report is to be short."""
    said = [f"pytest-scer warning: {warning}" for warning in report.warnings]
    if not view.report or view.verbosity > 0:
        yield from (line for text in said for line in screen.wrap(text, "doubtful"))
        return
    shown = said if len(said) <= _WARNINGS else said[: _WARNINGS - 1]
    for text in shown:
        yield from screen.wrap(text, "doubtful", most=_WARNINGS // len(shown))
    if len(shown) < len(said):
        rest = counted(len(said) - len(shown), "more warning")
        yield Line(screen.cut(f"pytest-scer warning: {rest}, see -v"), "doubtful")
