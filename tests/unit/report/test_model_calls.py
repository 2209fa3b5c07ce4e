from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from model_calls import calling, generation
from reports import as_json, entry, measured, report, write

from pytest_scer.core.model_calls import ModelCall
from pytest_scer.report.reading import read_report


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """Also more parameters than other counts may have, and a call of which nothing is known."""
    calls = [
        generation(first_call=measured(5.0), surplus_tokens=3, runs=2, padding_tokens=7),
        ModelCall("embedding", measured(1.0), {}, problem="nothing was counted: ValueError: odd"),
    ]
    made = report(calling(*calls))
    (test,) = read_report(write(made, tmp_path / "r.json")).tests
    assert as_json(report(test)) == as_json(made)
    assert [call.facts for call in test.model_calls] == [call.facts for call in calls]
    (row,) = as_json(made)["tests"]
    assert row["model_calls"][0]["j_per_request"] == 100
    assert row["model_calls"][1]["j_per_token"] is None


def test_a_report_of_an_earlier_release_has_none(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    text = "".join(
        write(report(entry()), path).read_text(encoding="utf-8").split('"model_calls": [],')
    )
    path.write_text(text.replace('"model_calls":[],', ""), encoding="utf-8")
    assert "model_calls" not in path.read_text(encoding="utf-8")
    assert not read_report(path).tests[0].model_calls


def test_a_figure_that_is_missing(tmp_path: Path) -> None:
    fault = replace(generation(), measurement=replace(measured(1.0), cpu_j=float("nan")))
    (test,) = read_report(write(report(calling(fault)), tmp_path / "r.json")).tests
    assert not test.model_calls[0].measurement.complete
    assert test.model_calls[0].j_per_token is None
