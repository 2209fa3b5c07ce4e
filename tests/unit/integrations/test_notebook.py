"""Reports and histories in a notebook."""

from __future__ import annotations

import sys
from pathlib import Path

import hostile
import pasts
import pytest
import reported_suite
import reports

import pytest_scer
from pytest_scer.baseline.store import save
from pytest_scer.integrations.notebook import History, Session, Table


@pytest.fixture
def session(tmp_path: Path) -> Session:
    found = pytest_scer.read(reports.write(reported_suite.suite(), tmp_path / "suite.json"))
    assert isinstance(found, Session)
    return found


@pytest.fixture
def history(tmp_path: Path) -> History:
    directory = tmp_path / "history"
    directory.mkdir()
    for day in (1, 2, 3):
        save(pasts.past(day, a=float(day), b=2.0), directory)
    found = pytest_scer.read(str(directory))
    assert isinstance(found, History)
    return found


def test_a_session_shows_its_verdict_and_what_cost_most(session: Session) -> None:
    html = session._repr_html_()
    assert "2 of 6 budgets EXCEEDED" in html
    assert "about 140 J" in html
    assert html.index("fixture customers (session)") < html.index("test_waits_for_the_store")
    assert repr(session).startswith("<SCER report: 2 of 6 budgets EXCEEDED")


def test_tables_hold_every_row(session: Session) -> None:
    assert len(session.tests) == 20
    assert session.tests[0]["energy_j"] == pytest.approx(20.01)
    assert [row["name"] for row in session.fixtures] == ["customers", *["fitted_forest"] * 2]
    assert session.budgets[0]["limit"] == "500 J"
    assert {row["model"] for row in session.models} == {"forest", "logistic", "gboost"}
    assert repr(session.tests) == "<tests: 20 rows>"


def test_long_tables_are_cut_and_empty_ones_say_so() -> None:
    html = Table("many", [{"n": number, "none": None} for number in range(25)])._repr_html_()
    assert html.count("<tr>") == 21
    assert "and 5 more rows" in html
    assert "none" not in html
    assert Table("few", [])._repr_html_() == "<p>few: none</p>"


def test_names_are_text(tmp_path: Path) -> None:
    found = pytest_scer.read(reports.write(hostile.report(*hostile.NAMES), tmp_path / "a.json"))
    assert isinstance(found, Session)
    for html in (found._repr_html_(), found.tests._repr_html_(), found.models._repr_html_()):
        assert "<b>" not in html
        assert not hostile.CONTROL.search(html)


def test_a_history_has_a_row_for_each_test_and_session(history: History) -> None:
    assert len(history.tests) == 6
    assert [row["energy_j"] for row in history.tests if row["nodeid"].endswith("a")] == [1, 2, 3]
    assert "3 sessions" in history._repr_html_()
    assert repr(history) == "<SCER history: 3 sessions>"


def test_data_frames(session: Session, history: History) -> None:
    pytest.importorskip("pandas", reason="pandas is not installed")
    frame = session.to_pandas()
    assert len(frame) == 20
    assert frame["energy_j"].sum() == pytest.approx(
        sum(row["energy_j"] or 0.0 for row in session.tests)
    )
    assert frame["gpu_j"].isna().all()
    assert frame["gpu_j"].dtype == float
    assert list(history.to_pandas()["regression"]) == [False] * 6


def test_without_pandas_it_says_what_to_install(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        session.to_pandas()


def test_pictures(session: Session, history: History, tmp_path: Path) -> None:
    pytest.importorskip("vl_convert", reason="vl-convert, which draws pictures, is not installed")
    picture = session.plot("components")
    assert picture._repr_svg_().startswith("<svg")
    picture.save(tmp_path / "components.png")
    assert (tmp_path / "components.png").read_bytes().startswith(b"\x89PNG")
    assert "All 2 common tests" in repr(history.plot())


def test_what_cannot_be_drawn_is_named(session: Session, history: History, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'bananas': expected one of tests, runs"):
        session.plot("bananas")
    with pytest.raises(ValueError, match="nothing to draw: no test has a start"):
        session.plot("timeline")
    with pytest.raises(ValueError, match="'tests': expected 'history'"):
        history.plot("tests")
    with pytest.raises(ValueError, match=r"expected one of the suffixes \.svg"):
        session.plot().save(tmp_path / "a.bmp")


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"[Nn]o such file"):
        pytest_scer.read(tmp_path / "none.json")
    with pytest.raises(ValueError, match=r"no \*\.json file"):
        pytest_scer.read(tmp_path)
