"""The sub-commands about ratings and disclosure, from a stored report alone."""

from __future__ import annotations

import json
import re
import struct
from dataclasses import replace
from pathlib import Path

import pytest
import reports
import yaml

from pytest_scer.cli import main
from pytest_scer.report.json_form import load_report
from pytest_scer.report.model import Report
from pytest_scer.report.schema import read_report

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return reports.write(reports.three_models(), tmp_path / "report.json")


def trained(**more: object) -> Report:
    """A model with both phases: 3.6 MJ of training, 36 J for an image."""
    return reports.report(
        reports.entry("m", reports.measured(3.6e6), phase="training", units={"step": 5}),
        reports.entry("m", reports.measured(360.0), units={"image": 10}),
        **more,
    )


# rate


def test_rate_prints_ratings_with_their_basis(path: Path, capsys: Captured) -> None:
    assert main(["rate", str(path)]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"small +0\.100 gCO2eq per 1000 tokens .* A$", printed, re.MULTILINE)
    assert "rating (SCER draft v0.1, N=3, peers: this session, 2026-03-01)" in printed


def test_reports_are_collected_and_rated_among_each_other(
    tmp_path: Path, path: Path, capsys: Captured
) -> None:
    other = reports.report(
        reports.entry("tiny", reports.measured(500.0), units={"token": 1000}),
        reports.entry("nobody", reports.measured(500.0), units={"token": 1}, category=None),
    )
    other_path = reports.write(other, tmp_path / "other.json")
    out = tmp_path / "peers.json"
    assert main(["rate", "--collect", str(out), str(path), str(other_path)]) == 0
    assert "4 peers of 2 files" in capsys.readouterr().out
    peers = json.loads(out.read_text())["peers"]
    assert {peer["model"] for peer in peers} == {"small", "medium", "large", "tiny"}
    assert {peer["origin"] for peer in peers} == {"report.json", "other.json"}
    assert {peer["date"] for peer in peers} == {"2026-03-01"}
    assert main(["rate", str(path), "--peers", str(out)]) == 0
    assert "N=4, peers: other.json, report.json" in capsys.readouterr().out
    assert main(["rate", str(path), str(other_path)]) == 0
    assert capsys.readouterr().out.count("N=4") == 2


def test_a_csv_is_collected_with_its_task_and_date(tmp_path: Path, capsys: Captured) -> None:
    csv = tmp_path / "leaderboard.csv"
    csv.write_text("model,total_gpu_energy\na,0.5\n")
    out = tmp_path / "peers.json"
    arguments = ["--category", "text-generation", "--date", "2025-02"]
    assert main(["rate", "--collect", str(out), str(csv), *arguments]) == 0
    (peer,) = json.loads(out.read_text())["peers"]
    assert (peer["unit"], peer["value"]) == ("Wh per query", 0.5)
    assert (peer["category"], peer["date"]) == ("text-generation", "2025-02")


def test_nothing_to_collect_is_an_error(tmp_path: Path, capsys: Captured) -> None:
    path = reports.write(reports.report(), tmp_path / "empty.json")
    assert main(["rate", "--collect", str(tmp_path / "out"), str(path)]) == 4
    assert "nothing to collect" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--peers", "--scale"])
def test_a_missing_file_is_bad_usage(path: Path, capsys: Captured, option: str) -> None:
    assert main(["rate", str(path), option, "nowhere.json"]) == 4
    assert "nowhere.json: No such file" in capsys.readouterr().err


def test_another_scale(path: Path, capsys: Captured) -> None:
    assert main(["rate", str(path), "--scale", "stars"]) == 0
    assert "5 stars" in capsys.readouterr().out


# label


def test_label_writes_svg_and_png(path: Path, tmp_path: Path) -> None:
    svg, png = tmp_path / "label.svg", tmp_path / "label.png"
    chosen = ["--model", "small", "--width", "120"]
    assert main(["label", str(path), "-o", str(svg), "--png", str(png), *chosen]) == 0
    assert svg.read_text().count("<g ") == 1
    data = png.read_bytes()
    assert data.startswith(b"\x89PNG")
    assert struct.unpack(">I", data[16:20]) == (120,)


def test_label_prints_where_no_file_is_named(path: Path, capsys: Captured) -> None:
    assert main(["label", str(path)]) == 0
    assert capsys.readouterr().out.startswith("<?xml")


@pytest.mark.parametrize("command", ["label", "manifest"])
def test_what_is_not_there_is_answered_with_what_is(
    path: Path, capsys: Captured, command: str
) -> None:
    assert main([command, str(path), "--model", "huge"]) == 4
    assert "no score fits; the report has: small, text-generation" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["--url", "ftp://x"], ["--width", "0"], ["-o", "/nowhere/label.svg"]]
)
def test_bad_arguments_of_label(path: Path, arguments: list[str]) -> None:
    assert main(["label", str(path), *arguments]) == 4


# manifest


def test_manifest_and_its_check(path: Path, tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "manifest.yaml"
    assert main(["manifest", str(path), "--model", "small", "-o", str(out)]) == 0
    assert main(["manifest", str(out), "--check"]) == 0
    printed = capsys.readouterr().out
    assert "small-text-generation-inference-per-1000-tokens: the arithmetic holds" in printed
    assert "to add: functional_unit.rationale" in printed
    assert main(["manifest", str(out), "--check", "--strict"]) == 1


def test_a_wrong_manifest_fails(path: Path, tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "manifest.yaml"
    main(["manifest", str(path), "--model", "small", "-o", str(out)])
    document = yaml.safe_load(out.read_text())
    document["calculation"]["score"]["value"] *= 2
    out.write_text(yaml.safe_dump(document))
    assert main(["manifest", str(out), "--check"]) == 1
    assert "error: calculation.score.value" in capsys.readouterr().out


def test_a_check_of_nothing_is_bad_usage(tmp_path: Path, capsys: Captured) -> None:
    assert main(["manifest", str(tmp_path / "no.yaml"), "--check"]) == 4
    (tmp_path / "empty.yaml").write_text("")
    assert main(["manifest", str(tmp_path / "empty.yaml"), "--check"]) == 4
    assert "no manifest in it" in capsys.readouterr().err


# model-card


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
    path = reports.write(trained(), tmp_path / "report.json")
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
            "not measured whole: t2 has no figure",
        ),
        (reports.report(reports.entry("m", reports.measured(0.0), phase="training")), "no energy"),
        (
            reports.report(
                reports.entry("a", reports.measured(1.0), phase="training"),
                reports.entry("b", reports.measured(1.0), phase="training"),
            ),
            "which of a, b?",
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
    path = reports.write(trained(), tmp_path / "report.json")
    assert main(["model-card", str(path), "--sentence"]) == 0
    sentence = capsys.readouterr().out
    for part in ("Training m used 1.00 kWh", "360 gCO2e per kWh (Testland, 2024)", "360 g of CO2e",
                 "CPU measured, RAM measured", "operational emissions only"):  # fmt: skip
        assert part in sentence


# what-if


def what_if(made: Report, tmp_path: Path, capsys: Captured, *arguments: str) -> str:
    path = reports.write(made, tmp_path / "report.json")
    assert main(["what-if", str(path), *arguments]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def test_places_side_by_side(tmp_path: Path, capsys: Captured) -> None:
    printed = what_if(
        trained(), tmp_path, capsys, "--intensity", "36", "--intensity", "720", "--pue", "1.5"
    )
    # 4 kJ in the totals at 360 g per kWh are 0.4 g
    assert re.search(r"as measured \(Testland\) +360 +1 +400 mg$", printed, re.MULTILINE)
    assert re.search(r"36 g per kWh +36 +1.5 +60.0 mg +-85%$", printed, re.MULTILINE)
    assert re.search(r"720 g per kWh +720 +1.5 +1.20 g +\+200%$", printed, re.MULTILINE)


def test_countries_and_clouds_from_the_tables(tmp_path: Path, capsys: Captured) -> None:
    printed = what_if(
        trained(), tmp_path, capsys, "--country", "fra", "--cloud", "gcp/europe-north1"
    )
    assert "France " in printed
    assert "gcp/europe-north1 (Hamina, Finland)" in printed


def test_cost_parity_life_cycle_and_a_year(tmp_path: Path, capsys: Captured) -> None:
    printed = what_if(
        trained(), tmp_path, capsys, "--requests-per-day", "1000", "--price", "16", "--wue", "1.8",
        "--water-intensity", "7.6", "--unit", "image",
    )  # fmt: skip
    assert "its training, 1.00 kWh, equals 100000 images" in printed
    # 3.6 mg an image, 1000 a day, 365 days: 1.314 kg
    row = r"m, per image +as measured \(Testland\) .* 1.31 kg +0.0210$"
    assert re.search(row, printed, re.MULTILINE)
    assert re.search(r"^m +360 g +- +- +- +3.60 g +-$", printed, re.MULTILINE)
    assert "km in an average car (UK greenhouse gas conversion factors, 2019)" in printed
    assert "water on site:       2.00 mL at 1.8 L per IT kWh" in printed
    assert "water of generation: 8.44 mL" in printed
    assert "no part of any score" in printed


def test_an_equivalent_of_less_than_a_gram_is_left_out(tmp_path: Path, capsys: Captured) -> None:
    printed = what_if(trained(), tmp_path, capsys)
    assert "none, below 1 g they mean nothing" in printed
    assert "smartphone" not in printed


def test_the_life_cycle_with_idle_and_embodied(tmp_path: Path, capsys: Captured) -> None:
    form = reports.as_json(trained())
    form["idle"] = {"duration_s": 5.0, "power_w": 1e5, "charged_w": 1e5}
    form["embodied"] = [{"g_per_h": 360.0}]
    printed = what_if(
        load_report(form), tmp_path, capsys, "--requests-per-day", "100", "--model", "m"
    )
    # 10 s idle at 100 kW are 1 MJ of the 3.6; 10 s of 360 g an hour are 1 g
    row = r"^m +260 g +100 g +1.00 g +361 g +"
    assert re.search(row, printed, re.MULTILINE), printed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--country", "XXX"], "unknown country 'XXX'"),
        (["--cloud", "gcp/moon"], "unknown cloud region"),
        (["--region", "Bavaria"], "give the one --country"),
        (["--model", "huge"], "the report knows m"),
        (["--pue", "0.5"], "at least 1"),
    ],
)
def test_bad_arguments_of_what_if(
    tmp_path: Path, capsys: Captured, arguments: list[str], said: str
) -> None:
    path = reports.write(trained(), tmp_path / "report.json")
    try:
        code = main(["what-if", str(path), *arguments])
    except SystemExit as left:
        code = int(str(left.code))
    assert code == 4
    assert said in capsys.readouterr().err


def test_a_report_without_energy_cannot_be_asked(tmp_path: Path, capsys: Captured) -> None:
    made = trained()
    made.totals = replace(made.totals, cpu_j=None, ram_j=None)
    path = reports.write(made, tmp_path / "report.json")
    assert read_report(path).totals.total_j is None
    assert main(["what-if", str(path)]) == 4
    assert "its energy was not measured" in capsys.readouterr().err


# estimate


def test_green_algorithms(capsys: Captured) -> None:
    assert main(["estimate", "green-algorithms", "--hours", "12", "--cores", "8",
                 "--memory", "64"]) == 0  # fmt: skip
    printed = capsys.readouterr().out
    # 12 h x (8 x 12 W + 64 x 0.3725 W) x 1.56 = 2.243 kWh
    assert "2.243 kWh" in printed
    assert "1066 gCO2e" in printed
    assert printed.endswith("not a measurement\n")


def test_ml_co2_impact(capsys: Captured) -> None:
    arguments = ["--gpu-watts", "250", "--hours", "100", "--intensity", "432"]
    assert main(["estimate", "ml-co2-impact", *arguments]) == 0
    assert "10.75 kgCO2e at 0.43 kg per kWh" in capsys.readouterr().out


def test_carbontracker(capsys: Captured) -> None:
    arguments = ["--watts", "200", "--watts", "50", "--epoch-seconds", "600", "--epochs", "100"]
    assert main(["estimate", "carbontracker", *arguments]) == 0
    assert "6.583 kWh for 100 epochs" in capsys.readouterr().out


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
