"""``--scer-online`` against a local server: one request per session, with or without workers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from inner_sessions import XDIST, without_other_plugins

G_PER_KWH = 56

# In every process, CodeCarbon queries the server of this test instead of Electricity Maps.
CONFTEST = """
import os
from codecarbon.core import electricitymaps_api

electricitymaps_api.URL = os.environ["GRID_URL"]
"""

TESTS = """
import pytest

@pytest.mark.scer("1 kgCO2e", "2 mg per token", "1 MJ")
def test_budgeted(carbon):
    sum(range(100_000))
    carbon.count(tokens=10)

def test_other():
    sum(range(100_000))
"""


@pytest.fixture
def asked(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The requests that a session made to a local grid server."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"carbonIntensity": G_PER_KWH}).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("GRID_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("HOME", str(pytester.path))
    monkeypatch.setenv("PYTEST_ADDOPTS", without_other_plugins(*XDIST))
    (pytester.path / ".codecarbon.config").write_text(
        "[codecarbon]\nelectricitymaps_api_token = secret\n"
    )
    pytester.makeini("[pytest]")
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(TESTS)
    yield asked
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_it_is_asked_once_and_every_test_reckons_with_the_answer(
    pytester: pytest.Pytester, asked: list[str], workers: str
) -> None:
    result = pytester.runpytest_subprocess(
        "--scer-online", "--scer-country=FRA", "--scer-output=out.json", "--scer-report", workers
    )
    assert result.ret == 0
    assert len(asked) == 1
    text = (pytester.path / "out.json").read_text()
    report: dict[str, Any] = json.loads(text)
    assert report["carbon_intensity"]["g_per_kwh"] == G_PER_KWH
    assert "Electricity Maps" in report["carbon_intensity"]["source"]
    for test in report["tests"]:
        call = test["stages"]["call"]
        assert call["co2e_g"] == pytest.approx(call["energy_j"]["total"] / 3.6e6 * G_PER_KWH)
    assert "secret" not in text + str(result.stdout) + str(result.stderr)


def test_a_failure_says_that_its_budget_is_not_reproducible(
    pytester: pytest.Pytester, asked: list[str]
) -> None:
    # Over it on any machine, and however busy: 0.1 s of CPU time at some watts against 6.43 mJ.
    source = TESTS.replace("1 kgCO2e", "0.1 ugCO2e").replace("100_000", "3_000_000")
    pytester.makepyfile(source)
    result = pytester.runpytest_subprocess(
        "--scer-online", "--scer-country=FRA", "--scer-components=cpu"
    )
    assert result.ret == 1
    assert asked
    result.stdout.fnmatch_lines(
        [
            (
                "*budget 0.1 ugCO2e depends on live grid intensity and is not reproducible; "
                "*budget of 6.43 mJ"
            )
        ]
    )


def test_a_fallback_is_stated_where_only_marked_tests_are_measured(
    pytester: pytest.Pytester, asked: list[str]
) -> None:
    (pytester.path / ".codecarbon.config").unlink()
    result = pytester.runpytest_subprocess("--scer-online", "--scer-country=FRA")
    assert result.ret == 0
    assert asked == []
    result.stdout.fnmatch_lines(
        ["pytest-scer warning: --scer-online: *no electricitymaps_api_token; using the yearly *"]
    )


def test_budgets_in_co2e_are_marked_as_not_reproducible(
    pytester: pytest.Pytester, asked: list[str]
) -> None:
    result = pytester.runpytest_subprocess(
        "--scer-online", "--scer-country=FRA", "--scer-output=out.json", "-n2"
    )
    result.stdout.fnmatch_lines(
        [
            "*= SCER live grid =*",
            "*test_budgeted: the budget 1 kgCO2e depends on live grid*",
        ]
    )
    assert asked
    findings = json.loads((pytester.path / "out.json").read_text())["findings"]
    live = [found for found in findings if found["kind"] == "live grid"]
    assert {name.rpartition("::")[2] for found in live for name in found["nodeids"]} == {
        "test_budgeted"
    }
    # 1 kg / (56 g per kWh) = 17.9 kWh; 2 mg is 35.7 mWh, or 129 J.
    assert sorted(found["text"].partition("energy budget of ")[2] for found in live) == [
        "129 J per token",
        "17.9 kWh",
    ]
