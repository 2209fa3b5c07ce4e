"""The plugin works alone, with strict settings, and on read-only or full file systems."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from suite import Suite

SUITE = """
@pytest.fixture(scope="module")
def model():
    spend(cpu=10)
    yield
    spend(cpu=1)

@pytest.mark.scer("9 J")
def test_within(model, carbon):
    with carbon.measure("part"):
        spend(cpu=5)

@pytest.mark.scer("1 J")
def test_over(): spend(cpu=5)
"""


@pytest.mark.parametrize(
    "args",
    [
        "-p no:terminal",
        "-p no:cacheprovider",
        "-p no:unittest -p no:doctest -p no:junitxml",
        "-p no:subtests",
        "-p no:capture",
        "-p no:warnings",
        "-p no:threadexception -p no:unraisableexception",
        "--strict-markers",
        "--strict-config",
        "-W error",
        "-W error -p no:terminal -p no:cacheprovider --strict-markers",
        "-s",
        "-v",
        "-vv --tb=long",
        "-q",
        "-qq",
        "--tb=no",
        "--durations=0",
        "--setup-show",
        "-rA",
        "--no-header --no-summary",
        "--junitxml=junit.xml",
        "--basetemp=base",
        "--pyargs",
    ],
)
def test_with_other_settings(suite: Suite, args: str) -> None:
    suite.write(SUITE)
    ran = suite.run("--scer-report", "--scer-output=report.json", *args.split())
    assert ran.exit_status == 1
    assert ran.verdicts("test_within") == ["ok"]
    assert ran.verdicts("test_over") == ["exceeded"]
    assert ran.json["totals"]["energy_j"]["total"] == 21
    assert ran.json["totals"]["overhead_energy_j"] == 0


@pytest.mark.parametrize("args", ["-W error", "-p no:terminal", "-W error -p no:cacheprovider"])
def test_with_the_meter_of_this_machine(pytester: pytest.Pytester, args: str) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.scer("1 MJ")
        def test_it(carbon):
            carbon(sum, range(1000))
        """
    )
    result = pytester.runpytest_subprocess("--scer-report", *args.split())
    assert result.ret == 0
    assert result.stderr.str() == ""  # CodeCarbon's console noise never reaches the user
    assert "[codecarbon" not in result.stdout.str()
    if "no:terminal" not in args:
        result.stdout.fnmatch_lines(["*1 MJ*ok*"])


def test_codecarbons_logger_stays_the_users(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import logging

        def test_it():
            heard = []
            handler = logging.Handler()
            handler.emit = heard.append
            logger = logging.getLogger("codecarbon")
            logger.addHandler(handler)
            logger.warning("from the test")
            logger.removeHandler(handler)
            assert len(heard) == 1
        """
    )
    pytester.runpytest_subprocess("--scer-report").assert_outcomes(passed=1)


def test_signals_and_threads_are_left_alone(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import signal, threading

        def test_it(carbon):
            assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
            assert threading.active_count() == 1
        """
    )
    pytester.runpytest_subprocess("--scer-report").assert_outcomes(passed=1)


def test_it_leaves_no_files_behind(pytester: pytest.Pytester) -> None:
    directory = pytester.mkdir("suite")
    (directory / "test_it.py").write_text("def test_it(carbon): pass")
    pytest_here = [sys.executable, "-B", "-m", "pytest", "-p", "no:cacheprovider", "--rootdir=."]
    subprocess.run([*pytest_here, "--scer-report"], cwd=directory, check=True)
    assert [path.name for path in directory.iterdir()] == ["test_it.py"]


def why_no_namespace() -> str | None:
    """Why nothing can be mounted here; None if it can."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return "there is no unshare(1)"
    tried = subprocess.run(
        [unshare, "--user", "--map-root-user", "--mount", "true"], capture_output=True, check=False
    )
    return None if tried.returncode == 0 else "mount namespaces are not permitted"


def test_in_a_read_only_directory(suite: Suite) -> None:
    reason = why_no_namespace()
    if reason is not None:
        pytest.skip(reason)
    suite.write(SUITE)
    here = suite.path
    script = (
        f"mount --bind {here} {here} && mount -o remount,bind,ro {here} && cd {here} && "
        '! touch written 2>/dev/null && exec "$@"'
    )
    namespace = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-ec", script, "sh"]
    pytest_of_suite = [sys.executable, "-m", "pytest", "--scer-report"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*namespace, *pytest_of_suite, *args],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )

    ran = run()
    assert ran.returncode == 1
    assert "\n21.0 J, " in ran.stdout
    assert "Traceback" not in ran.stdout + ran.stderr

    refused = run("--scer-output=report.json")
    assert refused.returncode == 4
    assert "--scer-output: report.json: not writable" in refused.stderr

    with_outputs_elsewhere = run(f"--scer-output={Path('/dev/shm')}/scer-test.json")
    assert with_outputs_elsewhere.returncode == 1
    Path("/dev/shm/scer-test.json").unlink()


def test_hooks_of_other_plugins(suite: Suite) -> None:
    suite.conftest(
        """
        def pytest_scer_environment(config, environment):
            environment.versions["model-server"] = "1.2"

        def pytest_scer_report(config, report):
            report.warnings.append(f"seen by a plugin: {len(report.tests)} tests")
        """
    )
    ran = suite.measure(SUITE)
    assert ran.json["environment"]["versions"]["model-server"] == "1.2"
    assert ran.json["warnings"] == ["seen by a plugin: 2 tests"]


def test_a_hook_that_fails_costs_nobody_the_report(suite: Suite) -> None:
    suite.conftest(
        """
        def pytest_scer_report(report):
            report.warnings.append(f"seen: {report.no_such_attribute}")
        """
    )
    suite.write("def test_it(): spend(cpu=1)")
    ran = suite.run("--scer-report", "--scer-output=report.json", "--scer-save-baseline=base.json")
    assert ran.exit_status == pytest.ExitCode.INTERNAL_ERROR
    (warning,) = ran.json["warnings"]
    assert warning.startswith("the hook pytest_scer_report failed: AttributeError")
    assert "the hook pytest_scer_report failed" in "\n".join(ran.scer)
    assert (suite.path / "base.json").exists()
    assert not list(suite.path.glob("*.journal"))


def test_the_record_of_a_test_is_on_its_last_report_as_plain_builtins(suite: Suite) -> None:
    suite.conftest(
        """
        import json

        def pytest_runtest_logreport(report):
            record = getattr(report, "scer", None)
            if record is not None:
                assert report.when == "teardown"
                print("\\nrecord", json.loads(json.dumps(record)) == record, record["nodeid"])
        """
    )
    suite.write(SUITE)
    for args in ([], ["--scer-report"]):
        ran = suite.run("-s", *args)
        ran.result.stdout.fnmatch_lines(
            ["*record True test_it.py::test_within", "*record True test_it.py::test_over"]
        )


def test_the_shipped_simulated_meter(pytester: pytest.Pytester) -> None:
    pytester.makeconftest('pytest_plugins = ["pytest_scer.testing"]')
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.scer("0.4 mgCO2e")
        def test_over(simulated_meter):
            simulated_meter.spend(cpu=5)

        @pytest.mark.scer("0.5 mgCO2e")
        def test_within(simulated_meter):
            simulated_meter.spend(cpu=3, ram=2)

        @pytest.mark.scer("0.5 mgCO2e")
        def test_fault(simulated_meter):
            simulated_meter.fail("the cable is out")
        """
    )
    result = pytester.runpytest_inprocess("--scer-fail-on=budget,unmeasured")
    result.assert_outcomes(failed=2, passed=1)
    result.stdout.fnmatch_lines(["Over budget: 500 ugCO2e > 0.4 mgCO2e (1.2x)"])


def test_under_xdist(suite: Suite) -> None:
    pytest.importorskip("xdist")
    suite.write(SUITE)
    ran = suite.run_apart(
        "-p", "xdist", "-n2", "--scer-report", "--scer-output=report.json", "--dist=loadscope"
    )
    ran.passed(passed=1, failed=1)
    assert ran.exit_status == 1
    assert ran.verdicts("test_within") == ["ok"]
    assert ran.verdicts("test_over") == ["exceeded"]
    assert ran.json["session"]["workers"] == 2
    assert {test["worker"] for test in ran.json["tests"]} <= {"gw0", "gw1"}
    assert ran.json["totals"]["tests_energy_j"] == 10
    assert ran.json["totals"]["fixtures_energy_j"] == 11
    assert ran.json["tests"][0]["sections"][0]["name"] == "part"


def test_marked_tests_under_xdist_without_a_report(suite: Suite) -> None:
    pytest.importorskip("xdist")
    suite.write(SUITE)
    ran = suite.run_apart("-p", "xdist", "-n2")
    ran.passed(passed=1, failed=1)
    ran.result.stdout.fnmatch_lines(["Over budget: 5.00 J > 1 J (5.0x)"])


def test_the_package_is_imported_in_the_main_thread_alone(suite: Suite) -> None:
    """Parsing in two threads at once, as pytest does for its asserts, can fail on Python 3.11."""
    suite.conftest("""
        import sys, threading

        class Finder:
            def find_spec(self, name, path=None, target=None):
                thread = threading.current_thread().name
                if name.startswith("pytest_scer") and thread != "MainThread":
                    print("imported in a thread:", name)

        sys.meta_path.insert(0, Finder())
    """)
    suite.write("def test_it(): spend(cpu=1)")
    ran = suite.run_apart("-s", "--scer-report")
    ran.passed(passed=1)
    assert "imported in a thread" not in ran.text
