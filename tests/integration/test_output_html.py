"""The page that a session writes; ``tests/pages`` opens pages in a browser."""

from __future__ import annotations

import pytest
from suite import Suite

SUITE = """
@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "plain"])
def test_a(name):
    spend(cpu=3.6, ram=1.8)
    wait(1)
"""


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n2")], ids=["local", "n2"])
def test_written_by_a_session(suite: Suite, workers: tuple[str, ...]) -> None:
    suite.write(SUITE)
    ran = suite.run("--scer-output=report.html", *workers)
    ran.passed(passed=2)
    page = (suite.path / "report.html").read_text(encoding="utf-8")
    assert "2 tests measured</h1>" in page
    assert "<script>alert(1)" not in page


def test_needs_its_extra_before_the_first_test(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite.write(SUITE)
    monkeypatch.setattr("pytest_scer.formats.writing.find_spec", lambda name: None)
    ran = suite.run("--scer-output=report.html")
    assert ran.exit_status == pytest.ExitCode.USAGE_ERROR
    assert "a page needs Jinja2 and vl-convert: pip install 'pytest-scer[html]'" in ran.text
    assert not (suite.path / "report.html").exists()
