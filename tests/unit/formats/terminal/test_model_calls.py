from __future__ import annotations

from dataclasses import replace

from model_calls import calling, generation
from reports import measured, report

from pytest_scer.core.model_calls import ModelCall
from pytest_scer.formats.terminal.model_calls import block
from pytest_scer.formats.terminal.screen import Screen
from pytest_scer.report.model import Report
from pytest_scer.report.names import Names


def lines(made: Report, most: int = 99, width: int = 80) -> list[str]:
    screen = replace(Screen.of(), width=width)
    items = block(made, Names([test.nodeid for test in made.tests]), screen)
    return [line.text for line in items.lines(most)] if items.size else []


def test_a_line_for_each_call() -> None:
    header, call = lines(report(calling(generation(runs=3))))
    assert header.startswith("calls of models")
    assert call.startswith("  test_it (3 runs)")
    assert call.split()[3:6] == ["1.00", "J", "100.0"]


def test_columns_and_calls_are_left_out_where_there_is_no_room() -> None:
    made = report(*(calling(generation(), name=f"test_{n}") for n in range(9)))
    assert all(len(line) <= 60 for line in lines(made, width=60))
    assert lines(made, most=4)[-1] == "  7 more calls, see -v"


def test_why_nothing_was_counted() -> None:
    assert lines(report(calling(generation(problem="nothing was counted: odd"))))[-1].endswith(
        "odd"
    )


def test_a_call_of_which_nothing_is_known() -> None:
    call = ModelCall("generation", measured(4.0), {}, problem="nothing was counted: odd")
    header, row, reason = lines(report(calling(call)))
    assert header.split() == ["calls", "of", "models", "per", "token"]
    assert row.split() == ["test_it", "-"]
    assert reason == "  nothing was counted: odd"


def test_without_calls_there_is_no_table() -> None:
    assert lines(report(calling())) == []
