"""``pytest-scer estimate``, from hours and hardware, without a report."""

from __future__ import annotations

import pytest

from pytest_scer.cli import main

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
        ["guess"],
        ["green-algorithms"],
        ["green-algorithms", "--hours", "-1"],
        ["green-algorithms", "--hours", "1", "--cpu-usage", "1.5"],
        ["carbontracker", "--watts", "nan", "--epoch-seconds", "1", "--epochs", "1"],
        ["carbontracker", "--watts", "1", "--epoch-seconds", "1", "--epochs", "1.5"],
    ],
)
def test_bad_arguments_of_estimate(arguments: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit) as left:
        main(["estimate", *arguments])
    assert left.value.code == 4
