"""``pytest-scer show``."""

from __future__ import annotations

from pathlib import Path

import pytest
import reported_suite
import reports

from pytest_scer.cli import main

Captured = pytest.CaptureFixture[str]


def ranking(text: str) -> list[str]:
    """The names below "where it went"."""
    lines = text.partition("where it went")[2].partition("\n\n")[0].splitlines()[1:]
    return [line.split()[0] for line in lines]


def test_an_exceeded_budget_exits_with_1(tmp_path: Path, capsys: Captured) -> None:
    report = reports.write(reported_suite.suite(), tmp_path / "report.json")
    assert main(["show", str(report)]) == 1
    assert capsys.readouterr().out.startswith("2 of 6 budgets EXCEEDED")


def test_top_and_sort(path: Path, capsys: Captured) -> None:
    assert main(["show", str(path), "--top", "2"]) == 0
    assert ranking(capsys.readouterr().out) == [
        "test_large_inference",
        "test_medium_inference",
        "1",
    ]
    assert main(["show", str(path), "--sort", "name"]) == 0
    assert ranking(capsys.readouterr().out) == [
        f"test_{name}_inference" for name in ("large", "medium", "small")
    ]


def test_verbose_and_quiet(path: Path, capsys: Captured) -> None:
    main(["show", str(path), "-v"])
    assert "how it was measured\n  grid: 360 gCO2e per kWh, Testland" in capsys.readouterr().out
    main(["show", str(path), "-q"])
    assert capsys.readouterr().out.count("\n") == 2


@pytest.mark.parametrize("top", ["-1", "all", "1.5"])
def test_a_bad_number_is_bad_usage(path: Path, capsys: Captured, top: str) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["show", str(path), "--top", top])
    assert exit_.value.code == 4
    assert "--top" in capsys.readouterr().err
