"""``pytest-scer report`` writes the page of saved reports."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import reports

from pytest_scer.cli import main


def saved(path: Path, session: str) -> str:
    made = reports.three_models()
    made.session = replace(made.session, id=session)
    return str(reports.write(made, path / f"{session}.json"))


def test_page_of_one_or_several(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = saved(tmp_path, "first"), saved(tmp_path, "second")
    page = tmp_path / "page.html"
    assert main(["report", one, "-o", str(page)]) == 0
    assert "page.html: 3 tests measured" in capsys.readouterr().out
    assert "3 tests measured</h1>" in page.read_text(encoding="utf-8")
    assert main(["report", one, two, "-o", str(page)]) == 0
    assert "6 tests measured</h1>" in page.read_text(encoding="utf-8")


def test_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report, page = saved(tmp_path, "first"), str(tmp_path / "page.html")
    assert main(["report", str(tmp_path / "none.json"), "-o", page]) == 4
    assert main(["report", report, "-o", str(tmp_path / "page.pdf")]) == 4
    monkeypatch.setattr("pytest_scer.formats.writing.find_spec", lambda name: None)
    assert main(["report", report, "-o", page]) == 4
    assert "pip install 'pytest-scer[html]'" in capsys.readouterr().err
