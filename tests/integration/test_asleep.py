"""The plugin asleep imports nothing heavy; what wakes it, and what keeps it asleep."""

from __future__ import annotations

import os
import sys

import pytest

from pytest_scer.meters.codecarbon.counters import ZONES
from pytest_scer.meters.diagnosis import has_gpu

HEAVY = {
    "codecarbon",
    "torch",
    "pydantic",
    "pandas",
    "numpy",
    "pydantic_core",
    "tabulate",
    "psutil",
}
PARSING = {"pytest_scer.config.values", "pytest_scer.formats.writing"}
"""What a session without any option or key does without."""


@pytest.fixture(autouse=True)
def suite_that_tells_what_is_loaded(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(torch="", test_it="def test_it(): pass")  # a torch that can be imported
    pytester.makeconftest(
        f"""
        import sys

        def pytest_unconfigure():
            print("\\nloaded:", *sorted({HEAVY | PARSING!r} & sys.modules.keys()))
        """
    )


def loaded(pytester: pytest.Pytester, *args: str) -> set[str]:
    result = pytester.runpytest_subprocess(*args)
    assert result.ret == 0
    (line,) = (line for line in result.outlines if line.startswith("loaded:"))
    return set(line.split()[1:])


@pytest.mark.parametrize(
    "args",
    [
        "",
        "--collect-only --scer-report",
        "--setup-plan --scer-report",
        "--fixtures --scer-report",
        "--fixtures-per-test --scer-report",
        "--markers --scer-report",
        "--help --scer-report",
        "-p no:scer",
        "--scer-country=FRA --scer-pue=1.2 --scer-fail-on=none --scer-top=3",
    ],
)
def test_it_stays_asleep(pytester: pytest.Pytester, args: str) -> None:
    assert loaded(pytester, *args.split()) <= (PARSING if "--scer" in args else set())


@pytest.mark.parametrize("option", ["--collect-only", "--fixtures", "--setup-plan"])
def test_a_session_that_runs_no_test_writes_no_report(
    pytester: pytest.Pytester, option: str
) -> None:
    pytester.runpytest_inprocess(option, "--scer-output=report.json", "--scer-report")
    assert not list(pytester.path.glob("report.json*"))


@pytest.mark.parametrize(
    "args",
    [
        "--scer-report",
        "--scer-output=report.json",
        "--scer-budget=1_MJ",
        "--scer-test-budget=1_MJ",
    ],
)
def test_an_option_wakes_it(pytester: pytest.Pytester, args: str) -> None:
    found = loaded(pytester, args.replace("_", " "))
    assert "codecarbon" in found
    assert "torch" not in found


@pytest.mark.skipif(sys.platform != "linux", reason="remembers nothing elsewhere")
@pytest.mark.skipif(
    any(map(os.path.exists, ZONES)) or has_gpu(), reason="CodeCarbon reads the counters"
)
def test_what_is_known_of_a_machine_is_not_looked_up_again(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(pytester.path / "cache"))
    assert "codecarbon" in loaded(pytester, "--scer-report")
    assert loaded(pytester, "--scer-report") - PARSING == {"tabulate"}
    assert loaded(pytester, "--scer-output=report.json") - PARSING == {"pydantic_core", "tabulate"}
    assert "codecarbon" in loaded(pytester, "--scer-report", "--scer-country=FRA")


@pytest.mark.parametrize(
    "test",
    [
        "import pytest\n@pytest.mark.scer('1 MJ')\ndef test_it(): pass",
        "import pytest\n@pytest.mark.scer\ndef test_it(): pass",
        "def test_it(carbon): pass",
        "import pytest\npytestmark = pytest.mark.scer(model='gpt2')\ndef test_it(): pass",
    ],
)
def test_a_test_wakes_it(pytester: pytest.Pytester, test: str) -> None:
    pytester.makepyfile(test_it=test)
    assert "codecarbon" in loaded(pytester)


def test_a_budget_of_the_configuration_wakes_it(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nscer_budgets = * = 1 MJ")
    assert "codecarbon" in loaded(pytester)


def test_only_tests_that_ask_are_measured_unless_all_are_wanted(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.scer
        def test_marked(): pass
        def test_fixture(carbon): pass
        def test_neither(): pass
        """
    )
    pytester.makeconftest(
        """
        pytest_plugins = ["pytest_scer.testing"]

        def pytest_runtest_logreport(report):
            if report.when == "teardown":
                print("measured:", report.nodeid, hasattr(report, "scer"))
        """
    )
    nodes = ("marked", "fixture", "neither")
    for args, measured in (([], (True, True, False)), (["--scer-report"], (True, True, True))):
        result = pytester.runpytest_inprocess("-s", *args)
        result.stdout.fnmatch_lines(
            [
                f"*measured: test_it.py::test_{node} {yes}"
                for node, yes in zip(nodes, measured, strict=True)
            ]
        )


def test_the_fixture_asked_for_at_run_time_says_how_to_be_measured(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(test_it="def test_it(request): request.getfixturevalue('carbon')")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*add `carbon` to its arguments*"])


@pytest.mark.parametrize(
    ("test", "is_imported"),
    [
        ("def test_it(carbon): carbon(lambda: None)", True),
        ("def test_it(): pass", False),
        ("def test_it(request): request.getfixturevalue('carbon')(lambda: None)", False),
    ],
)
def test_the_fixture_is_imported_before_the_first_test_if_one_asks_for_it(
    pytester: pytest.Pytester, test: str, is_imported: bool
) -> None:
    pytester.makepyfile(test_it=test)
    pytester.makeconftest(
        """
        import sys

        def pytest_runtest_setup():
            print("\\nimported:", "pytest_scer.carbon" in sys.modules)
        """
    )
    result = pytester.runpytest_subprocess("-s", "--scer-report")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"imported: {is_imported}"])
