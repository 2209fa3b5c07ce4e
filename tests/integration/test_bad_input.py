"""Bad input: one clear message before any test runs, and exit status 4."""

from __future__ import annotations

import re
import sys

import pytest
from suite import Ran, Suite

RUNS = "def test_it(): open('ran', 'w').close()"

# The input, and what the message must contain: the source, and what is expected.
OPTIONS = {
    "a unit that is none": (
        "--scer-test-budget=5 bananas",
        ["--scer-test-budget", "known: ug, mg"],
    ),
    "a negative budget": ("--scer-budget=-3 g", ["--scer-budget", "at least 0", "2 mgCO2e"]),
    "a budget that is no number": ("--scer-test-budget=nan g", ["--scer-test-budget", "finite"]),
    "no country code": ("--scer-country=France", ["--scer-country", "ISO 3166-1 alpha-3"]),
    "a component": ("--scer-components=cpu,disk", ["--scer-components", "'disk'", "cpu, gpu, ram"]),
    "a PUE below 1": ("--scer-pue=0.9", ["--scer-pue", "at least 1"]),
    "a directory that is missing": (
        "--scer-output=missing/report.json",
        ["--scer-output", "no directory", "create it first"],
    ),
    "a directory as output": ("--scer-output=json:.", ["--scer-output", "is a directory"]),
    "an output kind": ("--scer-output=report.docx", ["--scer-output", ".json, .csv"]),
    "contradictory places": (
        "--scer-intensity=42 --scer-country=FRA",
        ["--scer-intensity", "--scer-country", "contradict"],
    ),
    "a region without a country": ("--scer-region=quebec", ["--scer-region", "country"]),
    "an idle time that never ends": ("--scer-idle=1e308", ["--scer-idle", "at most 86400"]),
    "a number that overflows": ("--scer-pue=1e300", ["--scer-pue", "at most 1e+09"]),
    "a count that is too large": (f"--scer-confirm={'9' * 5000}", ["--scer-confirm", "at most"]),
    "a budget that overflows": ("--scer-budget=1e308 kJ", ["--scer-budget", "1e308 is too large"]),
    "an embodied mass that overflows": (
        "--scer-embodied=TE=1e308 kg, EL=4 y",
        ["--scer-embodied", "TE must be", "at most 1e+30"],
    ),
    "contradictory times": (
        "--scer-min-time=9 --scer-max-time=3",
        ["--scer-min-time", "--scer-max-time"],
    ),
}

# Values that need CodeCarbon's tables, validated when the plugin wakes.
PLACES = {
    "an unknown country": ("--scer-country=XYZ", ["--scer-country", "'XYZ'", "such as FRA"]),
    "an unknown region": (
        "--scer-country=USA --scer-region=bavaria",
        ["--scer-region", "'bavaria'", "california"],
    ),
    "a region of a country without regions": (
        "--scer-country=FRA --scer-region=bretagne",
        ["--scer-region", "leave it out"],
    ),
    "an unknown cloud region": ("--scer-cloud=gcp/moon", ["--scer-cloud", "europe-north1"]),
    "an unknown cloud": ("--scer-cloud=ibm/eu-de", ["--scer-cloud", "give the country"]),
}

MARKERS = {
    "an unknown argument": ("colour='green'", ["'colour'", "known: budget, phase"]),
    "a budget that does not parse": ("'5 bananas'", ["'5 bananas'", "known: ug, mg"]),
    "a bad value": ("covers='setup'", ["covers", "'call' or 'all'"]),
}

CONFIGURATIONS = {
    "ini": ("tox.ini", "[pytest]\n{key} = {value}\n"),
    "pyproject": ("pyproject.toml", "[tool.pytest.ini_options]\n{key} = {value!r}\n"),
    "native": ("pyproject.toml", "[tool.pytest]\n{key} = {value!r}\n"),
}


def args_of(text: str) -> list[str]:
    """Split before each option, because budgets contain spaces."""
    return re.split(r" (?=--)", text)


def refused(suite: Suite, ran: Ran, says: list[str]) -> None:
    """Check for exit code 4, a single message with all these words, and that no test ran."""
    assert ran.exit_status == 4, ran.text
    errors = [line for line in ran.text.splitlines() if line.startswith("ERROR: ")]
    assert len(errors) == 1, ran.text
    for words in says:
        assert words in errors[0]
    assert "Traceback" not in ran.text
    assert "INTERNALERROR" not in ran.text
    assert not (suite.path / "ran").exists()


@pytest.mark.parametrize("case", OPTIONS)
@pytest.mark.parametrize("more", [[], ["--scer-report"], ["--collect-only"]], ids=" ".join)
def test_an_option(suite: Suite, case: str, more: list[str]) -> None:
    given, says = OPTIONS[case]
    suite.write(RUNS)
    refused(suite, suite.run(*args_of(given), *more), says)


@pytest.mark.parametrize("case", PLACES)
def test_a_place_that_codecarbon_does_not_know(suite: Suite, case: str) -> None:
    given, says = PLACES[case]
    suite.conftest(grid=False)
    suite.write(RUNS)
    refused(suite, suite.run(*args_of(given), "--scer-report"), says)
    suite.write("@pytest.mark.scer\n" + RUNS)
    refused(suite, suite.run(*args_of(given)), says)


@pytest.mark.parametrize("case", MARKERS)
def test_a_marker(suite: Suite, case: str) -> None:
    arguments, says = MARKERS[case]
    suite.write(f"def test_before(): open('ran', 'w')\n@pytest.mark.scer({arguments})\n{RUNS}")
    for args in ([], ["--scer-report"]):
        refused(suite, suite.run(*args), ["test_it.py::test_it", *says])


@pytest.mark.parametrize("form", CONFIGURATIONS)
@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("scer_pue", "0.9", ["at least 1"]),
        ("scer_country", "France", ["ISO 3166-1 alpha-3"]),
        ("scer_fail_on", "everything", ["budget, regression"]),
        ("scer_test_budget", ["5 bananas"], ["known: ug, mg"]),
        ("scer_budgets", ["tests/*"], ["PATTERN = BUDGET"]),
        ("scer_output", ["report.docx"], [".json, .csv"]),
    ],
)
def test_the_configuration(
    suite: Suite, form: str, key: str, value: str | list[str], says: list[str]
) -> None:
    if form == "native" and pytest.version_tuple < (9,):
        pytest.skip("the native table came with pytest 9")
    file, template = CONFIGURATIONS[form]
    in_ini = value[0] if form == "ini" and isinstance(value, list) else value
    (suite.path / file).write_text(template.format(key=key, value=in_ini))
    suite.write(RUNS)
    refused(suite, suite.run(), [f"{key} ({file}): ", *says])


@pytest.mark.skipif(sys.platform == "win32", reason="no such links there")
@pytest.mark.parametrize(
    "option", ["output", "baseline", "save-baseline", "history", "peers", "scale"]
)
@pytest.mark.parametrize(
    ("path", "says"),
    [("loop.json", ""), ("x" * 300 + ".json", "name too long"), ("x/y.json", "")],
    ids=["loop", "long", "missing"],
)
def test_a_path_that_leads_nowhere(suite: Suite, option: str, path: str, says: str) -> None:
    (suite.path / "loop.json").symlink_to("loop.json")
    suite.write(RUNS)
    refused(suite, suite.run(f"--scer-{option}={path}"), [f"--scer-{option}: ", path, says])
    assert (suite.path / "loop.json").is_symlink()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("scer_pue = [1]", "[1] is not a string"),
        ("scer_sort = [[]]", "is not a string"),
        ("scer_output = [5]", "[5] is not a list of strings"),
        ("scer_budgets = [{}]", "[{}] is not a list of strings"),
        ('scer_report = "maybe"', "invalid truth value"),
    ],
)
def test_a_value_of_another_type(suite: Suite, line: str, says: str) -> None:
    (suite.path / "pyproject.toml").write_text(f"[tool.pytest.ini_options]\n{line}\n")
    suite.write(RUNS)
    refused(suite, suite.run_apart(), [f"{line.split(maxsplit=1)[0]} (pyproject.toml): ", says])


@pytest.mark.parametrize("workers", [[], ["-p", "xdist", "-n2"]], ids=["alone", "xdist"])
def test_codecarbons_configuration_cannot_be_read(suite: Suite, workers: list[str]) -> None:
    if workers:
        pytest.importorskip("xdist")
    suite.write(RUNS)
    file = suite.path / ".codecarbon.config"
    file.write_text("pue = 1.2\n")
    refused(suite, suite.run_apart("--scer-report", *workers), [str(file), "no section headers"])


def test_codecarbons_configuration(suite: Suite) -> None:
    suite.conftest(grid=False)
    suite.write(RUNS)
    file = suite.path / ".codecarbon.config"
    for line, says in (
        ("country_iso_code = XYZ", ["'XYZ'", "such as FRA"]),
        ("pue = 0.5", ["pue", "less than 1"]),
        ("pue = much", ["pue", "'much' is not a number"]),
        ("pue = nan", ["pue", "not a finite number"]),
        ("wue = -1", ["wue", "less than 0"]),
        ("force_cpu_power = -5", ["force_cpu_power", "less than 0"]),
        ("force_ram_power = nan", ["force_ram_power", "not a finite number"]),
        (
            "force_carbon_intensity_g_co2e_kwh = -3",
            ["force_carbon_intensity_g_co2e_kwh", "less than 0"],
        ),
        ("tracking_mode = both", ["tracking_mode", "'both'"]),
    ):
        file.write_text(f"[codecarbon]\n{line}\n")
        if line.startswith("tracking_mode"):
            suite.conftest("simulation.meter = None", grid=False)
        refused(suite, suite.run("--scer-report"), [str(file), *says])


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ("--scer-test-budget=5 bananas", ["--scer-test-budget", "known: ug, mg"]),
        ("--scer-report --scer-country=XYZ", ["--scer-country", "such as FRA"]),
        ("--scer-output=missing/report.json", ["--scer-output", "create it first"]),
    ],
)
def test_an_option_under_xdist(suite: Suite, args: str, says: list[str]) -> None:
    pytest.importorskip("xdist")
    suite.conftest(grid=False)
    suite.write(RUNS)
    refused(suite, suite.run_apart("-p", "xdist", "-n2", *args_of(args)), says)


@pytest.mark.parametrize("report", [[], ["--scer-report"]], ids=["asleep", "awake"])
def test_a_marker_under_xdist(suite: Suite, report: list[str]) -> None:
    pytest.importorskip("xdist")
    suite.write(f"@pytest.mark.scer(colour='green')\n{RUNS}\ndef test_other(): open('ran', 'w')")
    ran = suite.run_apart("-p", "xdist", "-n2", *report)
    refused(suite, ran, ["test_it.py::test_it", "'colour'"])


def test_a_place_for_marked_tests_under_xdist(suite: Suite) -> None:
    pytest.importorskip("xdist")
    suite.conftest(grid=False)
    suite.write(f"@pytest.mark.scer\n{RUNS}")
    ran = suite.run_apart("-p", "xdist", "-n2", "--scer-country=XYZ")
    refused(suite, ran, ["--scer-country", "such as FRA"])
