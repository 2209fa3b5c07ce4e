"""``pytest-scer rate``, on a stored report."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import reports

from pytest_scer.cli import main

Captured = pytest.CaptureFixture[str]


def test_rate_prints_ratings_with_their_basis(path: Path, capsys: Captured) -> None:
    assert main(["rate", str(path)]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"^  A +small +0\.100 gCO2eq per 1000 tokens ", printed, re.MULTILINE)
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
    assert "4 peers from 2 files" in capsys.readouterr().out
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
