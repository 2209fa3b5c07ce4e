"""The trainings of a session."""

from __future__ import annotations

from pytest_scer.core.units import counted
from pytest_scer.formats import trainings
from pytest_scer.formats.terminal.blocks import Items
from pytest_scer.formats.terminal.screen import Line, Screen
from pytest_scer.report.model import Report
from pytest_scer.report.names import Names


def block(report: Report, names: Names, screen: Screen, *, whole: bool = False) -> Items:
    """What each training used and was predicted to use; empty without one.

    Args:
        report: The report.
        names: The names of its tests.
        screen: Where it is printed.
        whole: Whether no line is cut.
    """
    most = None if whole else 2
    items = []
    for test, training in trainings.of_report(report):
        used = trainings.used(training, report.conversion, report.digits)
        style = "" if training.stopped is None else "doubtful"
        lines = [*screen.wrap(f"  {names.attempt(test)}: {used}", most=most)]
        for text in trainings.details(training, report.digits):
            is_stop = training.stopped is not None and text == training.stopped.text
            lines += screen.wrap(f"    {text}", style if is_stop else "", most=most)
        items.append(lines)

    def more(shown: int) -> Line:
        return Line(screen.cut(f"  {counted(len(items) - shown, 'more training')}, see -v"))

    return Items([Line("training", "title")], items, more)
