"""``-o PAGE.html`` of the commands that print, and its errors."""

from __future__ import annotations

from pathlib import Path

import pytest
import reports

from pytest_scer.cli import main
from pytest_scer.formats import writing

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two sessions, the last one twice as expensive, in the working directory."""
    monkeypatch.chdir(tmp_path)
    directory = tmp_path / "nights"
    directory.mkdir()
    for day, joules in ((1, 10.0), (2, 20.0)):
        report = reports.report(reports.entry("m", reports.measured(joules), phase=None))
        report.session.started_at = f"2026-03-{day:02}T12:00:00+00:00"
        reports.write(report, directory / f"{day}.json")
    return directory


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("compare nights -o page.html", 1, "page.html: 1 of 1 test REGRESSED\n"),
        ("history nights -o page.html", 0, "page.html: 2 sessions of nights\n"),
    ],
)
@pytest.mark.usefixtures("history")
def test_the_page_is_written_instead_of_printing(
    capsys: Captured, command: str, code: int, said: str
) -> None:
    assert main(command.split()) == code
    assert capsys.readouterr() == (said, "")
    text = Path("page.html").read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "test_m_None" in text


@pytest.mark.parametrize("command", ["compare nights", "history nights"])
@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("page.md", "page.md: expected the suffix .html: this command writes pages only"),
        ("missing/page.html", "missing/page.html: No such file or directory"),
    ],
)
@pytest.mark.usefixtures("history")
def test_a_page_that_cannot_be_written_is_a_usage_error(
    capsys: Captured, command: str, output: str, said: str
) -> None:
    assert main([*command.split(), "-o", output]) == 4
    assert capsys.readouterr() == ("", f"pytest-scer: error: {said}\n")


def test_without_the_libraries_the_extra_is_named(
    history: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "find_spec", lambda _: None)
    assert main(["history", str(history), "-o", "page.html"]) == 4
    assert "pip install 'pytest-scer[html]'" in capsys.readouterr().err


@pytest.mark.usefixtures("history")
def test_a_page_has_no_other_format(capsys: Captured) -> None:
    assert main(["compare", "nights", "--format", "md", "-o", "page.html"]) == 4
    assert "--format chooses what is printed" in capsys.readouterr().err
    assert not Path("page.html").exists()
