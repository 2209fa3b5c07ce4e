"""Trainings in words."""

from __future__ import annotations

import pytest
import reports

from pytest_scer.core.forecast import Interval
from pytest_scer.core.intensity import Conversion
from pytest_scer.core.training import Lap, Prediction, Reached, Stop, Training
from pytest_scer.formats.markdown_report import dump_report
from pytest_scer.formats.page import trainings
from pytest_scer.formats.terminal.screen import Screen
from pytest_scer.formats.terminal.training import block
from pytest_scer.formats.trainings import details, of_report, used
from pytest_scer.report.names import Names
from pytest_scer.report.trainings_json import dump_training, load_training

CONVERSION = Conversion(360.0)


def training(done: int = 4, **more: object) -> Training:
    laps = [
        Lap(
            done=number,
            size=1.0,
            energy_j=10.0,
            duration_s=2.0,
            steps=1.0,
            units={"epoch": 1.0, "token": 50.0},
            metrics={"loss": -0.5},
            predicted=Prediction(
                Interval(40.0 + number, 35.0, 45.0), Interval(8.0, 7.0, 9.0 + number)
            ),
            warm=number > 1,
        )
        for number in range(1, done + 1)
    ]
    fields: dict[str, object] = {
        "laps": laps,
        "energy_j": 10.0 * done,
        "total_j": 10.0 * done,
        "total_s": 2.0 * done,
    }
    return Training("training", "epoch", 4, **{**fields, **more})  # type: ignore[arg-type]


def test_what_it_used() -> None:
    assert used(training(), CONVERSION) == "40.0 J, 4.00 mg CO2e in 8.00 s: 4 of 4 epochs"
    together = training(ranks=2, total_j=None)
    together.laps[0].earlier = True
    assert used(together, CONVERSION) == (
        "no figure in 8.00 s: 4 of 4 epochs, 1 of them in earlier runs, 2 processes"
    )


def test_an_early_prediction_stands_next_to_the_result() -> None:
    assert [*details(training())] == [
        "10.0 J per epoch, 200 mJ per token",
        "predicted after 3 epochs: 43.0 J (35.0 to 45.0), 8.00 s (7.00 to 12.0)",
    ]


def test_the_last_prediction_of_one_that_is_not_done() -> None:
    assert [*details(training(2))][-1].startswith("predicted after 2 epochs: 42.0 J")


def test_the_cost_per_unit_is_that_of_all_processes() -> None:
    together = training(ranks=2, energy_j=7.0)
    assert next(details(together)) == "10.0 J per epoch, 200 mJ per token"
    together.laps[0].energy_j = None
    assert not next(details(together)).endswith("per token")


def test_processes_that_trained_together_are_one_training() -> None:
    pair = [
        reports.entry("a", reports.measured(5.0), trainings=[training(ranks=2, rank=rank)])
        for rank in (0, 1)
    ]
    for rank, entry in enumerate(pair):
        entry.worker = f"rank{rank}"
    assert [each.rank for _, each in of_report(reports.report(*pair))] == [0]
    assert [each.rank for _, each in of_report(reports.report(pair[1]))] == [1]


def test_a_metric_and_a_stop() -> None:
    stop = Stop("35 J", 40.0, "J", 4.0, "Training stopped")
    reached = Reached(2, 0.4, 20.0, 4.0)
    assert [*details(training(stopped=stop, target="loss < 0.5", reached=reached))][1:] == [
        "Training stopped",
        "loss < 0.5: reached after 2 epochs, 20.0 J, 4.00 s",
    ]
    assert [*details(training(target="loss < 0.5"))][-1] == "loss < 0.5: not reached"
    assert "top 5" not in " ".join(details(training(target="top 5")))
    unknown = Reached(1, 0.4, None, 4.0)
    assert [*details(training(target="loss < 0.5", reached=unknown))][-1] == (
        "loss < 0.5: reached after 1 epoch, 4.00 s"
    )


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_terminal_and_markdown(width: int) -> None:
    stop = Stop("35 J", 40.0, "J", 4.0, "Training stopped <at> 35 J, as long as this sentence goes")
    made = reports.report(
        reports.entry("a", reports.measured(50.0), trainings=[training(stopped=stop)]),
        reports.entry("b", reports.measured(50.0), trainings=[training(), training(1)]),
    )
    shown = block(made, Names(test.nodeid for test in made.tests), Screen(width), whole=True)
    lines = [line.text for line in shown.lines(99)]
    assert lines[0] == "training"
    assert len(lines) >= 9
    assert max(map(len, lines)) <= width
    rows, more = trainings.rows(made, Names(test.nodeid for test in made.tests))
    assert [len(row.details) for row in rows] == [2, 2, 2]
    assert ("Training stopped <at> 35 J, as long as this sentence goes", True) in rows[0].details
    assert more == 0
    markdown = "".join(dump_report(made))
    assert "**Training**" in markdown
    assert "&lt;at&gt;" in markdown


def test_json_and_back() -> None:
    stop = Stop("35 J", 40.0, "J", 4.0, "Training stopped")
    reached = Reached(2, 0.4, None, 4.0)
    made = training(stopped=stop, target="loss < 0.5", reached=reached, ranks=2, rank=1)
    made.laps[0].predicted = made.laps[0].energy_j = None
    assert load_training(dump_training(made, CONVERSION)) == made
