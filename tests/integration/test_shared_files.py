"""The files that the workers of pytest-xdist share: private, and not left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from inner_sessions import XDIST, without_other_plugins

pytest.importorskip("xdist")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such files there")

WORKERS = ("-n2", "--scer-components=ram")


@pytest.fixture
def temporary(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory for temporary files."""
    monkeypatch.setenv("PYTEST_ADDOPTS", without_other_plugins(*XDIST))
    path = pytester.mkdir("temporary")
    monkeypatch.setenv("TMPDIR", str(path))
    return path


def _left(temporary: Path) -> list[str]:
    return [path.name for path in temporary.iterdir() if path.name.startswith("pytest-scer")]


def _report(pytester: pytest.Pytester) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((pytester.path / "out.json").read_text())
    return data


OPTIONS = {
    "clock": [],
    "turns": ["--scer-serialize"],
    "stop": ["--scer-stop", "--scer-budget=1 MJ"],
}


@pytest.mark.parametrize("case", OPTIONS)
def test_they_are_private_while_tests_run(
    pytester: pytest.Pytester, temporary: Path, case: str
) -> None:
    pytester.makepyfile(
        """
        import os, stat, tempfile, pytest

        @pytest.mark.parametrize("number", range(4))
        @pytest.mark.scer("1 MJ")
        def test_it(number):
            temporary = tempfile.gettempdir()
            (name,) = (name for name in os.listdir(temporary) if name.startswith("pytest-scer"))
            path = os.path.join(temporary, name)
            assert stat.S_IMODE(os.stat(path).st_mode) == 0o700
            files = os.listdir(path)
            assert "clock" in files
            for file in files:
                assert stat.S_IMODE(os.stat(os.path.join(path, file)).st_mode) == 0o600
        """
    )
    result = pytester.runpytest_subprocess("--scer-report", *WORKERS, *OPTIONS[case])
    result.assert_outcomes(passed=4)
    assert _left(temporary) == []


@pytest.mark.parametrize("options", [["--scer-report"], []], ids=["report", "marks"])
def test_what_a_killed_session_left_is_removed_by_the_next(
    pytester: pytest.Pytester, temporary: Path, options: list[str]
) -> None:
    path = pytester.makepyfile(
        """
        import pathlib, time, pytest

        @pytest.mark.parametrize("number", range(2))
        @pytest.mark.scer
        def test_it(number):
            pathlib.Path(f"running{number}").touch()
            time.sleep(0 if pathlib.Path("once").exists() else 600)
        """
    )
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", *WORKERS, *options],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    ) as process:
        while not all(path.with_name(f"running{number}").exists() for number in range(2)):
            assert process.poll() is None
            time.sleep(0.01)
        assert len(_left(temporary)) == 1
        os.killpg(process.pid, signal.SIGKILL)
    path.with_name("once").touch()
    pytester.runpytest_subprocess(*WORKERS, *options).assert_outcomes(passed=2)
    assert _left(temporary) == []


def test_a_test_that_deletes_them_keeps_its_outcome(
    pytester: pytest.Pytester, temporary: Path
) -> None:
    pytester.makepyfile(
        """
        import glob, os, shutil, tempfile, pytest

        @pytest.mark.parametrize("number", range(6))
        def test_it(number):
            for path in glob.glob(os.path.join(tempfile.gettempdir(), "*")):
                shutil.rmtree(path, ignore_errors=True)
        """
    )
    result = pytester.runpytest_subprocess(*WORKERS, "--scer-output=out.json", "--scer-report")
    result.assert_outcomes(passed=6)
    assert result.ret == 0
    report = _report(pytester)
    assert any("shared" in warning or "share" in warning for warning in report["warnings"])
    assert {test["outcome"] for test in report["tests"]} == {"passed"}
    for test in report["tests"]:  # never a zero
        measured = test["stages"]["call"]["energy_j"]["ram"]
        assert measured is None or measured > 0


def test_without_a_place_for_them(
    pytester: pytest.Pytester, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makeconftest(
        """
        from pytest_scer.workers import shared_directory

        def refuse(path):
            raise PermissionError("not permitted here")

        shared_directory._join = refuse
        shared_directory._make = lambda path: None
        """
    )
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", range(4))
        def test_it(number): pass
        """
    )
    result = pytester.runpytest_subprocess(*WORKERS, "--scer-output=out.json")
    assert result.ret == 0
    (warning,) = _report(pytester)["warnings"]
    assert warning == "workers: they share power evenly: not permitted here"
    for option in ("--scer-serialize", "--scer-stop"):
        result = pytester.runpytest_subprocess(*WORKERS, option, "--scer-budget=1 MJ")
        assert result.ret == 4
        assert f"{option}: not available here: not permitted here" in str(result.stderr)
