"""The outputs that CodeCarbon's configuration asks for and a session does not give."""

from __future__ import annotations

import pytest
from codecarbon.output_methods.base_output import OutputMethod

from pytest_scer.meters.codecarbon.configuration import Configuration
from pytest_scer.meters.codecarbon.outputs import SUBSTITUTES, ignored


def warned(*written: str, **values: str) -> list[str]:
    conf = Configuration(values, dict.fromkeys(values, "/somewhere/.codecarbon.config"))
    return list(ignored(conf, written))


def test_every_output_of_codecarbon_has_a_substitute() -> None:
    assert {method.value for method in OutputMethod} == SUBSTITUTES.keys()


def test_nothing_is_said_of_what_nobody_asked_for() -> None:
    assert warned() == []
    assert warned("csv", save_to_api="False", save_to_file="true") == []
    assert warned(save_to_file="False", output_dir=".") == []
    assert warned(project_name="mine", api_key="secret", prometheus_url="http://x") == []


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("save_to_api", "sends nothing to CodeCarbon's API and dashboard; use --scer-output repo"),
        ("save_to_file", "writes no emissions.csv; use --scer-output emissions.csv"),
        ("save_to_logger", "writes to no logger; use --scer-report"),
        ("save_to_prometheus", "pushes nothing to Prometheus; use --scer-output metrics.prom"),
        ("save_to_logfire", "sends nothing to Logfire; use --scer-output report.json"),
    ],
)
def test_a_flag_is_named_with_what_to_use_instead(key: str, says: str) -> None:
    (warning,) = warned(**{key: "True"})
    assert warning.startswith(f".codecarbon.config: {key}: pytest-scer {says}")


def test_methods_replace_the_flags() -> None:
    names = [
        warning.partition(": pytest-scer")[0]
        for warning in warned(output_methods="csv, api,boamps,api", save_to_logger="true")
    ]
    assert names == [
        f".codecarbon.config: output_methods ({name})" for name in ("csv", "api", "boamps")
    ]
    assert warned("csv", "prom", output_methods="csv,prometheus") == []


def test_an_address_and_a_directory_are_not_shown() -> None:
    said = warned(emissions_endpoint="https://token@x", output_dir="/home/somebody")
    assert len(said) == 2
    assert not any("token" in each or "somebody" in each for each in said)


def test_a_variable_of_the_environment_is_its_own_source() -> None:
    conf = Configuration({"save_to_api": "true"}, {"save_to_api": "CODECARBON_SAVE_TO_API"})
    (warning,) = ignored(conf, ())
    assert warning.startswith("CODECARBON_SAVE_TO_API: pytest-scer sends nothing")
