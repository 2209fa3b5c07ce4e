"""``pytest-scer estimate``, from hours and hardware, without a report."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from reports import entry, environment, measured, report, section, write

from pytest_scer.cli import before, main
from pytest_scer.core.measurement import median_run
from pytest_scer.report.model import BudgetEntry, Report, Totals

Captured = pytest.CaptureFixture[str]


def test_green_algorithms(capsys: Captured) -> None:
    assert main(["estimate", "green-algorithms", "--hours", "12", "--cores", "8",
                 "--memory", "64"]) == 0  # fmt: skip
    printed = capsys.readouterr().out
    # 12 h x (8 x 12 W + 64 x 0.3725 W) x 1.56 = 2.243 kWh
    assert "2.243 kWh" in printed
    assert "1066 gCO2e" in printed
    assert "1.16 tree-months, contested" in printed
    assert printed.endswith("not a measurement\n")


def test_ml_co2_impact(capsys: Captured) -> None:
    arguments = ["--gpu-watts", "250", "--hours", "100", "--intensity", "432"]
    assert main(["estimate", "ml-co2-impact", *arguments]) == 0
    assert "10.75 kgCO2e at 0.43 kg per kWh" in capsys.readouterr().out


def test_carbontracker(capsys: Captured) -> None:
    arguments = ["--watts", "200", "--watts", "50", "--epoch-seconds", "600", "--epochs", "100"]
    assert main(["estimate", "carbontracker", *arguments]) == 0
    printed = capsys.readouterr().out
    assert "6.583 kWh for 100 epochs" in printed
    assert "at 445 g per kWh" in printed  # carbontracker's own world average


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["green-algorithms"],
        ["green-algorithms", "--hours", "-1"],
        ["green-algorithms", "--hours", "1", "--cpu-usage", "1.5"],
        ["carbontracker", "--watts", "nan", "--epoch-seconds", "1", "--epochs", "1"],
        ["carbontracker", "--watts", "1", "--epoch-seconds", "1", "--epochs", "1.5"],
        ["carbontracker", "--watts", "1", "--epoch-seconds", "1", "--epochs", "0"],
        ["report.json", "--epochs", "0"],
        ["report.json", "--budget", "much"],
    ],
)
def test_bad_arguments_of_estimate(arguments: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit) as left:
        main(["estimate", *arguments])
    assert left.value.code == 4


# Next to what a report measured: 100 s, 3 kJ on the CPU and 1 kJ in the memory of 8 cores and 32 GB


def measured_report(**more: Any) -> Report:
    return report(entry(measurement=measured(400.0, 50.0)), **more)


def test_the_calculators_next_to_a_report(tmp_path: Path, capsys: Captured) -> None:
    path = write(measured_report(), tmp_path / "r.json")
    assert main(["estimate", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "the session of 100 s at 360 gCO2e per kWh (Testland)"
    green, ml_co2, tracker = ([*line.split()] for line in lines[2:5])
    # 50 s of 8 x 100 s of CPU time: (8 x 12 W x 1/16 + 32 x 0.3725 W) x 100 s x 1.56
    assert green[3:5] == ["2.80", "kJ"]
    assert "4.00 kJ" in lines[2]
    assert "0.7x" in lines[2]
    assert lines[2].endswith("400 mg")
    assert ml_co2[3:5] == ["-", "-"]
    assert tracker[2:4] == ["4.74", "kJ"]  # 3 kJ x 1.58
    assert "1.6x" in lines[4]
    assert "6% used by the tests, 32 GB x 0.3725 W, PUE 1.56 (its default)" in lines[5]
    assert "counts GPUs only" in lines[6]


def test_what_the_report_does_not_know_is_no_zero(tmp_path: Path, capsys: Captured) -> None:
    test = entry(measurement=replace(measured(400.0), cpu_time_s=math.nan))
    made = report(test, totals=Totals(None, None, 1000.0, 100.0, 0.0))  # no figure of the CPU
    assert main(["estimate", str(write(made, tmp_path / "r.json"))]) == 0
    lines = capsys.readouterr().out.splitlines()
    # (8 x 12 W + 32 x 0.3725 W) x 100 s x 1.56
    assert lines[2].split()[3:6] == ["16.8", "kJ", "-"]
    assert lines[4].split()[2:4] == ["-", "-"]
    assert "8 cores x 12 W, full load, as not all CPU time is known" in lines[5]
    assert lines[7] == "carbontracker 2: the power is unknown"
    assert lines[8] == "measured: CPU (RAPL), memory (RAPL); absent: GPU"


def test_a_gpu_and_a_stated_pue(tmp_path: Path, capsys: Captured) -> None:
    machine = replace(environment("Xeon"), gpus=[{"index": 0, "name": "T4"}])
    made = measured_report(environment=machine, pue=1.2)
    path = write(made, tmp_path / "r.json")
    assert main(["estimate", str(path), "--gpu-watts", "70"]) == 0
    printed = capsys.readouterr().out
    assert "1 GPU x 70 W" in printed
    assert "PUE 1.2\n" in printed
    assert "rounded to 0.01 kWh" in printed
    assert "0 J" in printed  # 100 s of 70 W are 0.00 kWh
    assert "the report's PUE of 1.2" in printed


def test_carbontracker_predicts_from_the_epochs_of_a_training(
    tmp_path: Path, capsys: Captured
) -> None:
    epochs = median_run([measured(100.0, 10.0), measured(200.0, 10.0)], 0.0)
    test = entry(measurement=measured(400.0), sections=[section("epoch", epochs, "training")])
    path = write(report(test), tmp_path / "r.json")
    assert main(["estimate", str(path), "--epochs", "20"]) == 0
    printed = capsys.readouterr().out
    assert "2 measured epochs, predicted for 20" in printed
    assert "3.56 kJ" in printed  # 20 x 150 J x 3/4 on the CPU x 1.58


def test_reports_of_several_hosts_are_refused(tmp_path: Path, capsys: Captured) -> None:
    made = measured_report()
    made.session.hosts = [{"label": "h0"}, {"label": "h1"}]
    assert main(["estimate", str(write(made, tmp_path / "r.json"))]) == 4
    assert "merged from 2 hosts" in capsys.readouterr().err


def test_a_report_that_does_not_exist(capsys: Captured) -> None:
    assert main(["estimate", "guess"]) == 4
    assert "guess" in capsys.readouterr().err


# Before a run


@pytest.mark.parametrize(
    ("budgets", "code", "says"),
    [
        (["10 kJ"], 0, "the run would cost 4.00"),
        (["10 kJ", "1 gCO2e"], 0, "within budget"),
        (["4 kJ"], 0, "may exceed it"),
        (["1 kJ"], 1, "over budget\nrefused"),
        (["100 mgCO2e"], 1, "over budget\nrefused"),
        (["10 kJ", "1 kJ"], 1, "within budget\nbudget 1 kJ"),
        (["5 J per token"], 0, "the run would cost 4.00"),
        (["1 J per answer"], 0, "not checked: the run never called"),
    ],
)
def test_before_a_run_like_that_of_a_report(
    tmp_path: Path, capsys: Captured, budgets: list[str], code: int, says: str
) -> None:
    test = entry(measurement=measured(400.0, 50.0), units={"token": 1000.0})
    path = write(report(test), tmp_path / "r.json")
    options = [option for budget in budgets for option in ("--budget", budget)]
    assert main(["estimate", str(path), "--before", *options]) == code
    assert says in capsys.readouterr().out


def test_before_many_runs_by_the_budget_of_the_session(tmp_path: Path, capsys: Captured) -> None:
    budget = BudgetEntry("10 kJ", 1e4, "J", 4e3, 0.0, 1, "ok", "--scer-budget")
    of_some = BudgetEntry("1 J", 1.0, "J", 4e3, 0.0, 1, "exceeded", "ini", target="sum(*)")
    test = entry(measurement=measured(400.0, 50.0), units={"token": 1000.0})
    path = write(report(test, budgets=[budget, of_some]), tmp_path / "r.json")
    assert main(["estimate", str(path), "--before"]) == 0
    assert main(["estimate", str(path), "--before", "--times", "5"]) == 1
    assert "budget 10 kJ: the run would cost 20.0" in capsys.readouterr().out
    each = [
        "--before",
        "--times",
        "5",
        "--budget",
        "6 J per token",
    ]  # as many tokens as joules more
    assert main(["estimate", str(path), *each]) == 0
    assert "the run would cost 4.0" in capsys.readouterr().out


def test_before_needs_a_limit(tmp_path: Path, capsys: Captured) -> None:
    path = write(measured_report(), tmp_path / "r.json")
    assert main(["estimate", str(path), "--before"]) == 4
    assert "--before needs a limit: --budget '50 kJ'" in capsys.readouterr().err


def test_before_a_run_that_was_never_measured(capsys: Captured) -> None:
    given = ["green-algorithms", "--hours", "12", "--cores", "8", "--before", "--budget"]
    assert main(["estimate", *given, "1 kgCO2e"]) == 0  # 854 g
    assert main(["estimate", *given, "500 g"]) == 1
    assert "the run would cost 854 gCO2e: over budget" in capsys.readouterr().out
    assert main(["estimate", *given, "140 W"]) == 1  # 8 x 12 W x 1.56
    assert main(["estimate", *given, "160 W"]) == 0


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("", 1), ("no", 1), (None, 1)])
def test_on_a_terminal_it_asks(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured, answer: str | None, code: int
) -> None:
    def reply(question: str) -> str:
        assert question == "Run it anyway? [y/N] "
        if answer is None:
            raise EOFError
        return answer

    monkeypatch.setattr("builtins.input", reply)
    monkeypatch.setattr(before, "_has_a_terminal", lambda: True)
    given = ["green-algorithms", "--hours", "12", "--cores", "8", "--before", "--budget", "1 g"]
    assert main(["estimate", *given]) == code
