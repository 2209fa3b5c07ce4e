"""Text with lone surrogates, as file names that are not UTF-8 have: every output has it escaped."""

from __future__ import annotations

import json
import os
import sys

import pytest
from suite import Suite

from pytest_scer.cli import main

CONFTEST = r"""
from pytest_scer.core.intensity import CarbonIntensity

def pytest_scer_environment(config, environment):
    environment.versions["server\udce9"] = "1.0\udce9"
    environment.os += "\udce9"
    environment.gpus.append({"index": 0, "name": "GPU\udce9"})

def pytest_scer_carbon_intensity(config):
    return CarbonIntensity(360.0, "caf\udce9", "a table\udce9", "fixed\udce9")

def pytest_scer_report(config, report):
    report.warnings.append("seen\udce9")
"""

SUITE = r"""
@pytest.fixture(scope="module", name="fix\udce9")
def model():
    spend(cpu=1)

@pytest.mark.scer("9 J", model="caf\udce9", category="text\udce9", phase="inference")
@pytest.mark.usefixtures("fix\udce9")
@pytest.mark.parametrize("value", [1], ids=["id\udce9"])
def test_within(carbon, value):
    with carbon.measure("part\udce9"):
        spend(cpu=5)
    carbon.count(**{"tok\udce9s": 5})

@pytest.mark.scer("9 J")
def test_hosted(carbon):
    carbon.unmeasured("no figures from caf\udce9")

@pytest.mark.scer("9 J")
def test_fault():
    meter.fail("cable\udce9")
    spend(cpu=1)

def test_afterwards():
    meter.recover()
"""

FORMS = ("json", "csv", "svg", "prom", "yaml")
OUTPUTS = [f"--scer-output=report.{form}" for form in FORMS]


@pytest.fixture(autouse=True)
def stdout_is_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not so in the C locale, in which Python prints such texts as the bytes they were."""
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8:strict")


@pytest.fixture
def unprintable(suite: Suite) -> Suite:
    suite.conftest(CONFTEST, grid=False)
    suite.write(SUITE)
    return suite


@pytest.mark.parametrize("args", [["-p", "no:xdist"], ["-n2"]], ids=["alone", "-n2"])
@pytest.mark.parametrize("outputs", [OUTPUTS, []], ids=["outputs", "no-output"])
def test_texts_of_a_suite(unprintable: Suite, args: list[str], outputs: list[str]) -> None:
    if "-n2" in args:
        pytest.importorskip("xdist")
        args = ["-p", "xdist", *args]
    ran = unprintable.run_apart("-v", "--scer-report", *outputs, *args)
    ran.passed(passed=4)
    assert ran.exit_status == 0, ran.text
    assert "INTERNALERROR" not in ran.text
    if not outputs:
        return
    for form in FORMS:  # no file has a byte that is not UTF-8
        text = (unprintable.path / f"report.{form}").read_text(encoding="utf-8")
        assert form in ("prom", "csv") or r"\udce9" in text
    assert not [*unprintable.path.glob("*.journal")]
    (test,) = (each for each in ran.json["tests"] if each["model"])
    assert test["model"] == r"caf\udce9"
    assert test["category"] == r"text\udce9"
    assert test["units"] == {r"tok\udce9": 5.0}
    assert test["sections"][0]["name"] == r"part\udce9"
    assert ran.test("test_hosted")["unmeasured"] == r"no figures from caf\udce9"
    assert ran.test("test_fault")["unmeasured"] == r"cable\udce9"
    assert ran.json["fixtures"][0]["name"] == r"fix\udce9"
    assert ran.json["environment"]["versions"][r"server\udce9"] == r"1.0\udce9"
    assert ran.json["environment"]["gpus"] == [{"index": 0, "name": r"GPU\udce9"}]
    assert ran.json["carbon_intensity"]["location"] == r"caf\udce9"
    assert r"seen\udce9" in ran.json["warnings"]
    assert main(["show", str(ran.path)]) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="other file systems refuse such names")
def test_a_directory_that_is_not_utf8(suite: Suite) -> None:
    directory = os.fsencode(suite.path) + b"/caf\xe9"
    os.mkdir(directory)
    suite.write("def test_it(): spend(cpu=5)")
    os.rename(suite.path / "test_it.py", os.fsdecode(directory) + "/test_it.py")
    # pytest's own cache cannot hold such a name.
    args = ["-v", "--scer-report", "-p", "no:cacheprovider", "--import-mode=importlib"]
    ran = suite.run_apart(*args, *OUTPUTS, "--scer-save-baseline=baseline.json")
    assert ran.exit_status == 0, ran.text
    (test,) = ran.json["tests"]
    assert test["nodeid"] == r"caf\udce9/test_it.py::test_it"
    again = suite.run_apart(*args, "--scer-baseline=baseline.json")
    assert again.exit_status == 0, again.text
    assert "vanished" not in again.text


def test_an_output_whose_name_is_not_utf8(suite: Suite) -> None:
    suite.write("def test_it(): spend(cpu=5)")
    name = os.fsdecode(b"caf\xe9.json")
    ran = suite.run_apart("--scer-report", f"--scer-output={name}")
    assert ran.exit_status == 0, ran.text
    assert len(json.loads((suite.path / name).read_text())["tests"]) == 1
