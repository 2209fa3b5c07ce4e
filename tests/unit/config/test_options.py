"""Options and keys: the values they accept, the source they name, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_scer.config.options import OPTIONS
from pytest_scer.config.settings import Settings
from pytest_scer.config.values import PARSERS
from pytest_scer.meters.base import TrackingMode
from pytest_scer.report.files import Output

INI = {"bool": "true", "linelist": "\n    {0}", "string": "{0}"}

# For each option a value, and the result of parsing it.
VALUES: dict[str, tuple[str, object]] = {
    "output": ("report.json", (Output("json", Path("report.json")),)),
    "fail_on": ("inconclusive, unmeasured", frozenset({"inconclusive", "unmeasured"})),
    "country": ("fra", "FRA"),
    "cloud": ("gcp/europe-north1", "gcp/europe-north1"),
    "intensity": ("42.5", 42.5),
    "pue": ("1.2", 1.2),
    "wue": ("0", 0.0),
    "tracking_mode": ("process", TrackingMode.PROCESS),
    "components": ("cpu,ram", frozenset({"cpu", "ram"})),
    "repeats": ("auto", "auto"),
    "warmup": ("0", 0),
    "min_time": ("0", 0.0),
    "max_time": ("2.5", 2.5),
    "sort": ("duration", "duration"),
    "top": ("3", 3),
}

BAD: dict[str, list[str]] = {
    "output": ["report", "report.docx", "docx:report", "json:"],
    "budget": ["5 bananas", "-3 g", "nan g"],
    "test_budget": ["5 bananas", "-3 g", "nan g", "60 W per token"],
    "budgets": ["tests/*", "tests/* = 5 bananas", "sum() = 5 J"],
    "fail_on": ["everything", "none,budget", "budget regression"],
    "country": ["France", "FR", "12A"],
    "cloud": ["gcp", "/europe-north1", "gcp/"],
    "intensity": ["-1", "much", "nan", "inf"],
    "pue": ["0.9", "-1", "nan", "big"],
    "wue": ["-0.1", "nan"],
    "tracking_mode": ["cpu"],
    "components": ["disk", "cpu,disk"],
    "repeats": ["0", "-1", "1.5", "often"],
    "warmup": ["-1", "some"],
    "min_time": ["-1", "nan"],
    "max_time": ["-1", "soon"],
    "sort": ["size"],
    "top": ["0", "all"],
}


def settings(pytester: pytest.Pytester, *args: str) -> Settings:
    return Settings.from_pytest_config(pytester.parseconfig(*args))


def refusal(pytester: pytest.Pytester, *args: str) -> str:
    with pytest.raises(pytest.UsageError) as refused:
        settings(pytester, *args)
    (message,) = refused.value.args
    assert "\n" not in message
    return str(message)


def test_nothing_said_is_the_defaults(pytester: pytest.Pytester) -> None:
    assert settings(pytester) == Settings()
    assert not Settings().measures_every_test


@pytest.mark.parametrize("name", VALUES)
def test_an_option_is_read_from_the_command_line(pytester: pytest.Pytester, name: str) -> None:
    text, value = VALUES[name]
    flag = f"--scer-{name.replace('_', '-')}"
    found = settings(pytester, f"{flag}={text}")
    assert getattr(found, name) == value
    assert found.sources == {name: flag}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("table", ["ini", "legacy", "native"])
def test_an_option_is_read_from_the_configuration(
    pytester: pytest.Pytester, name: str, table: str
) -> None:
    text, value = VALUES[name]
    file = write_configuration(pytester, table, name, text)
    found = settings(pytester)
    assert getattr(found, name) == value
    assert found.sources == {name: f"scer_{name} ({file})"}


def write_configuration(pytester: pytest.Pytester, table: str, name: str, text: str) -> str:
    """Set one key in one of the three forms of configuration; returns the file's name."""
    many = next(option.many for option in OPTIONS if option.name == name)
    if table == "ini":
        pytester.makeini(f"[pytest]\nscer_{name} = " + ("\n    " if many else "") + text)
        return "tox.ini"
    if table == "native" and pytest.version_tuple < (9,):
        pytest.skip("the native table came with pytest 9")
    header = "[tool.pytest]" if table == "native" else "[tool.pytest.ini_options]"
    value = f"[{text!r}]" if many else repr(text)
    pytester.makepyprojecttoml(f"{header}\nscer_{name} = {value}")
    return "pyproject.toml"


def test_flags_are_read_from_everywhere(pytester: pytest.Pytester) -> None:
    assert settings(pytester, "--scer-report").report
    pytester.makeini("[pytest]\nscer_report = true")
    assert settings(pytester).report


def test_a_flag_swallows_no_path(pytester: pytest.Pytester) -> None:
    config = pytester.parseconfig("--scer-report", "tests/")
    assert config.args == ["tests/"]


def test_the_command_line_comes_before_the_configuration(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nscer_pue = 1.2\nscer_top = 3")
    found = settings(pytester, "--scer-pue=1.5")
    assert (found.pue, found.top) == (1.5, 3)
    assert found.sources["pue"] == "--scer-pue"


def test_repeatable_options_add_up(pytester: pytest.Pytester) -> None:
    found = settings(
        pytester,
        "--scer-budget=1 J",
        "--scer-budget=1 mg",
        "--scer-output=a.json",
        "--scer-output=json:b.txt",
        "--scer-output=c.CSV",
    )
    assert [limit.budget.text for limit in found.budget] == ["1 J", "1 mg"]
    assert {limit.source for limit in found.budget} == {"--scer-budget"}
    assert [output.kind for output in found.output] == ["json", "json", "csv"]


def test_rules_keep_their_order_and_may_have_comments(pytester: pytest.Pytester) -> None:
    pytester.makeini(
        """
        [pytest]
        scer_budgets =
            # generous
            * = 30 J
            mark:slow = 60 J
            sum(*) = 1 kJ
        """
    )
    found = settings(pytester)
    assert [rule.text for rule in found.budgets] == [
        "* = 30 J",
        "mark:slow = 60 J",
        "sum(*) = 1 kJ",
    ]


@pytest.mark.parametrize(
    "args",
    [
        ["--scer-report"],
        ["--scer-output=a.json"],
        ["--scer-budget=1 J"],
        ["--scer-test-budget=1 J"],
    ],
)
def test_what_measures_every_test(pytester: pytest.Pytester, args: list[str]) -> None:
    assert settings(pytester, *args).measures_every_test


def test_place_and_limits_alone_measure_nothing(pytester: pytest.Pytester) -> None:
    assert not settings(pytester, "--scer-country=FRA", "--scer-fail-on=none").measures_every_test


def test_none_fails_no_run(pytester: pytest.Pytester) -> None:
    assert settings(pytester, "--scer-fail-on=none").fail_on == frozenset()


# What is refused: one line that names the place and the remedy


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in BAD.items() for text in texts]
)
def test_a_bad_value_is_refused(pytester: pytest.Pytester, name: str, text: str) -> None:
    option = next(option for option in OPTIONS if option.name == name)
    if option.cli:
        assert refusal(pytester, f"{option.flag}={text}").startswith(f"{option.flag}: ")
    else:
        pytester.makeini(f"[pytest]\n{option.key} = {text}")
        assert refusal(pytester).startswith(f"{option.key} (tox.ini): ")


def test_every_option_with_a_value_has_a_parser() -> None:
    assert set(PARSERS) == {option.name for option in OPTIONS if not option.is_flag}


@pytest.mark.parametrize(
    "flag", [option.flag for option in OPTIONS if option.cli and not option.is_flag]
)
def test_an_empty_value_is_refused(pytester: pytest.Pytester, flag: str) -> None:
    assert refusal(pytester, f"{flag}=").startswith(f"{flag}: ")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--scer-pue=0.9"], "at least 1"),
        (["--scer-country=France"], "ISO 3166-1 alpha-3 code, such as FRA"),
        (["--scer-cloud=gcp"], "as in gcp/europe-north1"),
        (["--scer-output=report.docx"], "or KIND:PATH"),
        (["--scer-components=disk"], "cpu, gpu, ram"),
        (["--scer-fail-on=all"], "budget, regression, inconclusive, unmeasured; or 'none' alone"),
        (["--scer-sort=size"], "energy, co2e, duration, name, order"),
        (["--scer-tracking-mode=x"], "auto, machine, process"),
        (["--scer-test-budget=5 bananas"], "known: ug, mg, g"),
    ],
)
def test_the_remedy_is_named(pytester: pytest.Pytester, args: list[str], says: str) -> None:
    assert says in refusal(pytester, *args)


@pytest.mark.parametrize(
    ("args", "both"),
    [
        (["--scer-intensity=42", "--scer-country=FRA"], ["--scer-intensity", "--scer-country"]),
        (["--scer-cloud=gcp/a", "--scer-country=FRA"], ["--scer-cloud", "--scer-country"]),
        (["--scer-intensity=42", "--scer-cloud=gcp/a"], ["--scer-intensity", "--scer-cloud"]),
        (["--scer-region=quebec"], ["--scer-region", "country"]),
        (["--scer-region=quebec", "--scer-intensity=1"], ["--scer-region", "country"]),
        (["--scer-min-time=5", "--scer-max-time=2"], ["--scer-min-time", "--scer-max-time"]),
        (["--scer-output=a.json", "--scer-output=json:./a.json"], ["--scer-output", "share"]),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    pytester: pytest.Pytester, args: list[str], both: list[str]
) -> None:
    message = refusal(pytester, *args)
    for name in both:
        assert name in message


def test_a_place_on_the_command_line_replaces_the_configured_one(
    pytester: pytest.Pytester,
) -> None:
    pytester.makeini("[pytest]\nscer_country = USA\nscer_region = california")
    place = settings(pytester, "--scer-cloud=gcp/europe-north1").place
    assert place is not None
    assert (place.cloud, place.country, place.region) == ("gcp/europe-north1", None, None)
    place = settings(pytester).place
    assert place is not None
    assert (place.country, place.region) == ("USA", "california")
    assert place.source == "scer_region (tox.ini)"


@pytest.mark.parametrize("path", ["missing/report.json", "."])
def test_an_output_that_cannot_be_written_is_refused(pytester: pytest.Pytester, path: str) -> None:
    message = refusal(pytester, f"--scer-output=json:{path}")
    assert message.startswith("--scer-output: ")
    assert path in message
    assert "create it first" in message or "this is a directory" in message


@pytest.mark.parametrize("value", ["1.2", "true", "['1.2']"])
def test_a_value_of_the_wrong_type_in_the_native_table_is_refused(
    pytester: pytest.Pytester, value: str
) -> None:
    if pytest.version_tuple < (9,):
        pytest.skip("the native table came with pytest 9")
    pytester.makepyprojecttoml(f"[tool.pytest]\nscer_pue = {value}")
    assert "scer_pue" in refusal(pytester)


def test_a_switch_that_is_neither_on_nor_off_is_refused(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nscer_report = perhaps")
    assert refusal(pytester).startswith("scer_report (tox.ini): ")
