"""What to do about a comparison."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pasts import RAPL, baseline, fingerprint, past

from pytest_scer.baseline.advice import advice
from pytest_scer.baseline.compare import compare
from pytest_scer.baseline.history import Baseline
from pytest_scer.baseline.past import Past
from pytest_scer.baseline.threshold import Threshold
from pytest_scer.report.model import Finding

MARK = fingerprint(RAPL)
BASE = baseline(*(past(day, MARK, a=1.0, b=100.0, c=10.0) for day in range(1, 6)))


def found(head: Past, base: Baseline = BASE) -> list[Finding]:
    return advice(compare(base, head, Threshold()))


def test_nothing_to_do() -> None:
    assert found(past(9, MARK, a=1.0, b=100.0, c=10.0)) == []


def test_growth_is_accepted_by_a_new_baseline_file_or_in_the_history() -> None:
    head = past(9, MARK, a=2.0, b=200.0, c=10.0)
    (of_file,) = found(head)
    assert of_file.text == "2 tests cost 101 J more than the baseline"
    assert of_file.nodeids == ["test_a.py::b", "test_a.py::a"]
    assert (of_file.value, of_file.unit) == (101.0, "J")
    assert (of_file.remedy or "").startswith("pytest --scer-save-baseline b.json   (")
    (of_history,) = found(head, replace(BASE, directory=Path("my history")))
    assert (of_history.remedy or "").startswith(
        "pytest-scer accept 'my history' test_a.py::b test_a.py::a   ("
    )


def test_many_regressions_are_accepted_without_their_names() -> None:
    names = {f"t{number}": 1.0 for number in range(5)}
    base = baseline(*(past(day, MARK, **names) for day in range(1, 6)), directory=Path("h"))  # type: ignore[arg-type]
    (finding,) = found(past(9, MARK, **dict.fromkeys(names, 2.0)), base)  # type: ignore[arg-type]
    assert (finding.remedy or "").startswith("pytest-scer accept h   (")


def test_a_change_that_noise_may_explain_is_measured_again() -> None:
    (finding,) = found(
        past(9, MARK, a=1.0, b=112.0, c=10.0), baseline(past(1, MARK, a=1.0, b=100.0, c=10.0))
    )
    assert finding.severity == "hint"
    assert "--scer-confirm 20" in (finding.remedy or "")


def test_joules_of_another_meter_need_a_baseline_of_this_machine() -> None:
    first, *_ = found(past(9, a=1.0))
    assert first.text.startswith("joules cannot be compared: cpu meter")
    assert (first.remedy or "").startswith("pytest --scer-save-baseline b.json   (on this machine")
