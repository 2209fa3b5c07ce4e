"""What to do: the findings of a report that matter most."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_scer.findings.ranking import most_important
from pytest_scer.formats.terminal.blocks import Items
from pytest_scer.formats.terminal.headline import counted
from pytest_scer.formats.terminal.screen import Line, Screen
from pytest_scer.report.model import Finding, Report
from pytest_scer.report.names import Names


def what_to_do(report: Report, names: Names, screen: Screen) -> Items:
    """The block of the findings that matter most; empty where there is none."""
    shown = most_important(report)

    def more(count: int) -> Line:
        return Line(screen.cut(f"  {counted(len(shown) - count, 'more finding')}: see -v"))

    return Items(
        [Line("what to do", "title")],
        [[*lines_of(finding, names, screen, most=2)] for finding in shown],
        more,
    )


def lines_of(
    finding: Finding, names: Names, screen: Screen, *, most: int | None = None
) -> Iterator[Line]:
    """Yield a finding and its remedy.

    Args:
        finding: The finding.
        names: The names of the tests.
        screen: Where it is printed.
        most: The number of lines after which either is cut.
    """
    about = names.some(finding.nodeids, 2 if most else len(finding.nodeids))
    style = "doubtful" if finding.severity == "warning" else ""
    text = f"{about}: {finding.text}" if about else finding.text
    yield from screen.wrap(f"  {text}", style, most=most)
    if finding.remedy:
        yield from screen.wrap(f"    {finding.remedy}", most=most)
