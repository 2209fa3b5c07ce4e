"""``pytest-scer compare``: which two sessions it compares."""

from __future__ import annotations

from pathlib import Path

import pytest
import reports

from pytest_scer.cli import main

Captured = pytest.CaptureFixture[str]


def session(path: Path, joules: float, day: int) -> Path:
    """Write a report of one test."""
    test = reports.entry("m", reports.measured(joules), phase=None)
    report = reports.report(test)
    report.session.started_at = f"2026-03-{day:02}T12:00:00+00:00"
    return reports.write(report, path)


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Three sessions, the last one twice as expensive as the one before."""
    directory = tmp_path / "nights"
    directory.mkdir()
    for day, joules in ((1, 90.0), (2, 10.0), (3, 20.0)):
        session(directory / f"{day}.json", joules, day)
    return directory


def check(capsys: Captured) -> None:
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "1 of 1 test REGRESSED"
    assert lines[1] == "3.json against nights/2.json: 1 test compared: 1 regression"
    assert any(" 10.0 J  20.0 J   +100% " in line for line in lines)


def test_a_history_stands_for_its_last_two_sessions(history: Path, capsys: Captured) -> None:
    assert main(["compare", str(history)]) == 1
    check(capsys)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\nscer_history = nights\naddopts = --an-option-of-a-conftest"),
        ("pyproject.toml", "[tool.pytest.ini_options]\nscer_history = 'nights'"),
    ],
)
@pytest.mark.parametrize("below", ["", "tests"])
def test_without_arguments_it_is_the_configured_history(
    history: Path,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    text: str,
    below: str,
) -> None:
    root = history.parent
    (root / name).write_text(text)
    (root / "conftest.py").write_text("raise SystemExit('user code')")
    (root / below).mkdir(exist_ok=True)
    monkeypatch.chdir(root / below)
    assert main(["compare"]) == 1
    check(capsys)
    assert main(["history"]) == 0
    assert f"{history.name}: 3 sessions, 2026-03-01 to 2026-03-03" in capsys.readouterr().out


def test_two_files_are_compared_as_before(history: Path, capsys: Captured) -> None:
    assert main(["compare", str(history / "3.json"), str(history / "2.json")]) == 0
    assert "no regression in 1 test" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "no history: set scer_history in pytest's configuration, or name what to compare"),
        (["nowhere"], "nowhere: no such file; comparing takes two sessions"),
        (["one"], "one: only one session; comparing takes two sessions"),
        (["one/1.json"], "one/1.json: with what? give the report to compare with it as HEAD"),
    ],
)
def test_nothing_to_compare_says_what_would_be_right(
    tmp_path: Path,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]")
    (tmp_path / "one").mkdir()
    session(tmp_path / "one" / "1.json", 1.0, 1)
    assert main(["compare", *arguments]) == 4
    assert says in " ".join(capsys.readouterr().err.split())
