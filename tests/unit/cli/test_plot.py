"""``pytest-scer plot``: pictures of stored reports and histories."""

from __future__ import annotations

from pathlib import Path

import pasts
import pytest
import reported_suite
import reports

from pytest_scer.baseline.store import save
from pytest_scer.charts.kinds import KINDS
from pytest_scer.cli import main, plot

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    return reports.write(reported_suite.suite(), tmp_path / "suite.json")


@pytest.mark.parametrize("suffix", ["svg", "PNG", "pdf"])
def test_the_suffix_chooses_the_format(suite: Path, tmp_path: Path, suffix: str) -> None:
    pytest.importorskip("vl_convert", reason="vl-convert, which draws pictures, is not installed")
    picture = tmp_path / f"picture.{suffix}"
    arguments = ["--width", "400", "--scale", "1", "--dark", "--no-title"]
    assert main(["plot", str(suite), "budgets", "-o", str(picture), *arguments]) == 0
    begins = {"svg": b"<svg", "PNG": b"\x89PNG", "pdf": b"%PDF"}[suffix]
    assert picture.read_bytes().startswith(begins)


def test_a_history_is_a_directory(tmp_path: Path, capsys: Captured) -> None:
    pytest.importorskip("vl_convert", reason="vl-convert, which draws pictures, is not installed")
    history = tmp_path / "history"
    history.mkdir()
    for day in (1, 2, 3):
        save(pasts.past(day, a=1.0, b=2.0), history)
    picture = tmp_path / "history.svg"
    assert main(["plot", str(history), "history", "-o", str(picture)]) == 0
    assert "Energy of All 2 common tests in 3 sessions" in capsys.readouterr().out
    assert picture.exists()


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("timeline", "a.svg", "nothing to draw: no test has a start"),
        ("pareto", "a.svg", "state it with carbon.quality(accuracy=...)"),
        ("tests", "a.jpeg", "expected one of the suffixes .svg, .png, .pdf"),
        ("tests", "none/a.svg", "No such file or directory"),
        ("bananas", "a.svg", "invalid choice: 'bananas'"),
    ],
)
def test_what_cannot_be_drawn_is_a_usage_error(
    suite: Path, tmp_path: Path, capsys: Captured, kind: str, name: str, message: str
) -> None:
    if name.startswith("none"):
        pytest.importorskip("vl_convert", reason="vl-convert is not installed")
    try:
        code = main(["plot", str(suite), kind, "-o", str(tmp_path / name)])
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    assert code == 4
    assert message in capsys.readouterr().err
    assert not (tmp_path / name).exists()


def test_a_directory_is_no_report(tmp_path: Path, capsys: Captured) -> None:
    assert main(["plot", str(tmp_path), "tests", "-o", str(tmp_path / "a.svg")]) == 4
    assert "a directory; tests are drawn from a JSON report" in capsys.readouterr().err
    assert main(["plot", str(tmp_path), "history", "-o", str(tmp_path / "a.svg")]) == 4
    assert "no *.json file in this directory" in capsys.readouterr().err


def test_the_help_names_every_kind() -> None:
    assert plot.KINDS == KINDS
