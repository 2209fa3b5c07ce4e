"""``pytest-scer model-card``, on a stored report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import reports
import yaml

from pytest_scer.cli import main
from pytest_scer.meters.accuracy import RAM_CONSTANT, TDP_KNOWN
from pytest_scer.meters.base import ABSENT
from pytest_scer.report.model import Report

Captured = pytest.CaptureFixture[str]


def test_a_model_card_tells_the_training_in_fixed_point_grams(
    tmp_path: Path, capsys: Captured
) -> None:
    made = reports.report(reports.entry("m", reports.measured(0.1234), phase="training"))
    path = reports.write(made, tmp_path / "report.json")
    assert main(["model-card", str(path), "--training-type", "fine-tuning"]) == 0
    text = capsys.readouterr().out
    assert "  emissions: 0.00001234\n" in text
    front, marker = text.strip().removeprefix("---\n").rsplit("\n", 1)
    assert marker == "---"
    card = yaml.safe_load(front)["co2_eq_emissions"]
    assert card["emissions"] == pytest.approx(0.1234e-4)
    assert card["training_type"] == "fine-tuning"
    assert card["geographical_location"] == "Testland"
    assert card["hardware_used"] == "Xeon, 8 threads, 32 GB RAM"
    assert "CodeCarbon 3.3.2" in card["source"]


def test_a_card_leaves_out_what_nobody_said(tmp_path: Path, capsys: Captured) -> None:
    path = reports.write(reports.trained(), tmp_path / "report.json")
    assert main(["model-card", str(path)]) == 0
    assert "training_type" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (reports.three_models(), "no training was measured"),
        (
            reports.report(
                reports.entry("m", reports.measured(1.0), phase="training"),
                reports.entry("m", unmeasured="no counter", phase="training", nodeid="t2"),
            ),
            "measured only in part, so a card would understate it: no figure for t2",
        ),
        (reports.report(reports.entry("m", reports.measured(0.0), phase="training")), "no energy"),
        (
            reports.report(
                reports.entry("a", reports.measured(1.0), phase="training"),
                reports.entry("b", reports.measured(1.0), phase="training"),
            ),
            "choose one of a, b",
        ),
    ],
)
def test_a_card_that_would_lie_is_refused(
    tmp_path: Path, capsys: Captured, made: Report, said: str
) -> None:
    path = reports.write(made, tmp_path / "report.json")
    assert main(["model-card", str(path)]) == 4
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


def test_a_sentence_for_a_paper(tmp_path: Path, capsys: Captured) -> None:
    path = reports.write(reports.trained(), tmp_path / "report.json")
    assert main(["model-card", str(path), "--sentence"]) == 0
    sentence = capsys.readouterr().out
    for part in ("Training m used 1.00 kWh", "360 gCO2e per kWh (Testland, 2024)", "360 g of CO2e",
                 "CPU measured, RAM measured", "operational emissions only"):  # fmt: skip
        assert part in sentence


def test_both_say_how_far_the_energy_may_be_off(tmp_path: Path, capsys: Captured) -> None:
    meters = {
        "cpu": replace(reports.MODELLED, accuracy=TDP_KNOWN),
        "gpu": ABSENT,
        "ram": replace(reports.CONSTANT, accuracy=RAM_CONSTANT),
    }
    path = reports.write(reports.trained(meters=meters), tmp_path / "report.json")
    for options in ([], ["--sentence"]):
        assert main(["model-card", str(path), *options]) == 0
        assert (
            "CPU modelled (error -60% to +90%), RAM constant (error 0% to +2300%)"
            in capsys.readouterr().out
        )
    assert main(["model-card", str(path), "--sentence"]) == 0
    assert "used 1.0 kWh" in capsys.readouterr().out  # two digits
