"""The JSON report: its structure, and the identities between its figures."""

from __future__ import annotations

import getpass
import json
import socket

import pytest
from suite import Json, Suite

from pytest_scer.report.from_json import load_report
from pytest_scer.report.schema import json_schema
from pytest_scer.report.to_json import dump_report

SUITE = """
@pytest.fixture(scope="session")
def weights():
    spend(cpu=50)
    wait(1)
    yield
    spend(ram=7)

@pytest.fixture
def prompt():
    spend(cpu=0.5)
    yield
    spend(cpu=0.25)

@pytest.mark.scer("30 J", phase="inference", category="text-generation", model="gpt2")
def test_generate(weights, prompt, carbon):
    meter.noise_j = 0.125
    with carbon.measure("prefill") as prefill:
        spend(cpu=3)
        with carbon.measure("inner", phase="training"):
            spend(cpu=1)
    carbon.count(tokens=10)
    spend(cpu=1, ram=2)
    wait(4)

def test_repeated(carbon):
    def work():
        spend(cpu=2)
        wait(1)
    carbon(work)

@pytest.mark.scer("1 J")
def test_broken():
    meter.fail("the cable is out")
    spend(cpu=1)

def test_repaired():
    meter.recover()

@pytest.mark.scer("1 mgCO2e")
def test_hosted(carbon):
    carbon.unmeasured("a hosted API")
    spend(cpu=1)

@pytest.mark.skip
def test_skipped(): pass
"""

MEASUREMENT = {
    "duration_s",
    "cpu_time_s",
    "energy_j",
    "active_energy_j",
    "power_w",
    "co2e_g",
    "water_l",
    "uncertainty_j",
    "below_resolution",
    "runs",
}


@pytest.fixture
def report(suite: Suite) -> Json:
    return suite.measure(SUITE, "--scer-pue=1.5").json


def row(report: Json, name: str) -> Json:
    (found,) = (test for test in report["tests"] if test["nodeid"] == f"test_it.py::test_{name}")
    return dict(found)


def measurements(report: Json) -> list[Json]:
    """Every MEASUREMENT of the report."""
    found = [fixture["measurement"] for fixture in report["fixtures"]]
    for test in report["tests"]:
        found += [*test["stages"].values(), test["measurement"]]
        found += [section["measurement"] for section in test["sections"]]
    return [each for each in found if each is not None]


# The structure: the public keys


def test_the_keys_are_the_settled_ones(report: Json) -> None:
    assert report["schema_version"] == 1
    assert report["generator"].keys() >= {"name", "version"}
    assert report["session"].keys() >= {
        "id", "started_at", "duration_s", "exit_status", "interrupted", "workers", "hosts",
    }  # fmt: skip
    assert report["environment"].keys() >= {"os", "python", "cpu", "gpus", "ram_gb", "versions"}
    assert report["environment"]["cpu"].keys() >= {"model", "logical_cores"}
    assert report["meters"].keys() == {"cpu", "gpu", "ram"}
    for meter in report["meters"].values():
        assert meter.keys() >= {
            "source",
            "provenance",
            "tracking_mode",
            "resolution_s",
            "detail",
            "accuracy",
        }
    assert report["carbon_intensity"].keys() >= {
        "g_per_kwh", "location", "source", "method", "year",
    }  # fmt: skip
    assert report["totals"].keys() >= {
        "energy_j", "plausible_j", "co2e_g", "embodied_co2e_g", "water_l", "tests_energy_j",
        "fixtures_energy_j", "overhead_energy_j",
    }  # fmt: skip
    for name in ("not_run", "fixtures", "budgets", "ratings", "findings", "warnings"):
        assert isinstance(report[name], list)
    for test in report["tests"]:
        assert test.keys() >= {
            "nodeid", "outcome", "worker", "host", "attempt", "phase", "category", "model",
            "unmeasured", "stages", "measurement", "units", "sections", "budgets", "baseline",
            "start_s", "starts_s", "quality",
        }  # fmt: skip
        assert test["stages"].keys() == {"setup", "call", "teardown"}
        for budget in test["budgets"]:
            assert budget.keys() >= {
                "limit", "limit_value", "unit", "actual", "uncertainty", "runs", "verdict",
                "source",
            }  # fmt: skip
    for fixture in report["fixtures"]:
        assert fixture.keys() >= {"name", "scope", "nodeid", "worker", "measurement"}
    for measurement in measurements(report):
        assert measurement.keys() >= MEASUREMENT
        assert measurement["energy_j"].keys() == {"cpu", "gpu", "ram", "total"}


def test_it_fits_its_own_schema(report: Json) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json_schema())
    validator.check_schema(json_schema())
    validator.validate(report)
    report["totals"]["energy_j"]["total"] = "much"
    assert not validator.is_valid(report)


def test_it_reads_back_as_the_report_it_was_written_from(report: Json) -> None:
    assert json.loads("".join(dump_report(load_report(report)))) == report


# The identities


def test_tests_fixtures_and_overhead_add_up_to_the_total(report: Json) -> None:
    totals = report["totals"]
    assert totals["energy_j"]["total"] == pytest.approx(
        totals["tests_energy_j"] + totals["fixtures_energy_j"] + totals["overhead_energy_j"]
    )
    assert totals["energy_j"]["total"] == pytest.approx(
        totals["energy_j"]["cpu"] + totals["energy_j"]["ram"]
    )


def test_the_tests_energy_is_that_of_the_stages_of_all_rows(report: Json) -> None:
    stages = [
        stage["energy_j"]["total"]
        for test in report["tests"]
        for stage in test["stages"].values()
        if stage is not None and stage["energy_j"]["total"] is not None
    ]
    assert report["totals"]["tests_energy_j"] == pytest.approx(sum(stages))
    fixtures = [each["measurement"]["energy_j"]["total"] for each in report["fixtures"]]
    assert report["totals"]["fixtures_energy_j"] == pytest.approx(sum(fixtures))


def test_a_total_is_the_sum_of_the_components_that_are_not_absent(report: Json) -> None:
    absent = {name for name, meter in report["meters"].items() if meter["provenance"] == "absent"}
    assert absent == {"gpu"}
    for measurement in [*measurements(report), report["totals"]]:
        energy = measurement["energy_j"]
        present = [energy[name] for name in ("cpu", "gpu", "ram") if name not in absent]
        assert energy["gpu"] is None
        if None in present:
            assert energy["total"] is None
        else:
            assert energy["total"] == pytest.approx(sum(present))


def test_emissions_follow_from_energy_pue_and_intensity(report: Json) -> None:
    assert report["pue"] == 1.5
    for measurement in [*measurements(report), report["totals"]]:
        total_j = measurement["energy_j"]["total"]
        if total_j is None:
            assert measurement["co2e_g"] is None
        else:
            grams = total_j / 3.6e6 * report["pue"] * report["carbon_intensity"]["g_per_kwh"]
            assert measurement["co2e_g"] == pytest.approx(grams)


def test_water_is_null_until_its_effectiveness_is_given(suite: Suite) -> None:
    ran = suite.measure(SUITE)
    assert ran.json["wue_l_per_kwh"] is None
    assert all(measurement["water_l"] is None for measurement in measurements(ran.json))
    ran = suite.measure(SUITE, "--scer-wue=1.8", "--scer-pue=2")
    total = ran.json["totals"]
    assert total["water_l"] == pytest.approx(total["energy_j"]["total"] / 3.6e6 * 1.8)  # no PUE


def test_each_test_starts_when_those_before_it_have_ended(suite: Suite) -> None:
    ran = suite.measure("def test_a(): wait(10)\ndef test_b(): wait(2.5)\ndef test_c(): pass")
    first, second, third = (test["start_s"] for test in ran.json["tests"])
    assert first >= 0
    assert (second - first, third - second) == pytest.approx((10.0, 2.5))


def test_stages_and_fixtures_start_where_they_do(suite: Suite) -> None:
    ran = suite.measure("""
        @pytest.fixture(scope="module")
        def data():
            wait(3)
        @pytest.fixture
        def model(data):
            wait(2)
            yield
            wait(1)
        def test_a(model, carbon):
            wait(4)
            carbon.quality(accuracy=0.5)
            carbon.quality(accuracy=0.75, f1=1)
    """)
    (test,), (fixture,) = ran.json["tests"], ran.json["fixtures"]
    start_s = test["start_s"]
    starts = [test["starts_s"][name] - start_s for name in ("setup", "call", "teardown")]
    assert starts == pytest.approx([0.0, 5.0, 9.0])
    assert fixture["start_s"] == pytest.approx(start_s)
    assert test["quality"] == {"accuracy": 0.75, "f1": 1.0}


def test_stages_and_fixtures_stand_apart(report: Json) -> None:
    stages = row(report, "generate")["stages"]
    assert stages["setup"]["energy_j"]["total"] == 0.5
    assert stages["call"]["energy_j"]["total"] == 7
    assert stages["teardown"]["energy_j"]["total"] == 0.25
    (weights,) = (each for each in report["fixtures"] if each["name"] == "weights")
    assert weights["measurement"]["energy_j"] == {"cpu": 50, "gpu": None, "ram": 7, "total": 57}
    assert (weights["scope"], weights["nodeid"]) == ("session", "test_it.py::test_generate")


def test_the_measurement_is_the_call_or_the_median_run(report: Json) -> None:
    generate = row(report, "generate")
    assert generate["measurement"] == generate["stages"]["call"]
    assert generate["measurement"]["duration_s"] == 4
    assert generate["measurement"]["power_w"] == pytest.approx(7 / 4)
    assert generate["measurement"]["uncertainty_j"] == 0.125
    assert generate["measurement"]["runs"] is None
    repeated = row(report, "repeated")
    assert repeated["measurement"]["energy_j"]["total"] == 2  # one run ...
    assert repeated["stages"]["call"]["energy_j"]["total"] == 4  # ... and the warm-up
    (run,) = repeated["measurement"]["runs"]
    assert (run["duration_s"], run["energy_j"]["total"]) == (1, 2)


def test_sections_have_phase_units_and_figures(report: Json) -> None:
    prefill, inner = row(report, "generate")["sections"]
    assert (prefill["name"], prefill["phase"]) == ("prefill", "inference")
    assert (inner["name"], inner["phase"]) == ("inner", "training")
    assert prefill["measurement"]["energy_j"]["cpu"] == 4
    assert inner["measurement"]["energy_j"]["cpu"] == 1
    assert row(report, "generate")["units"] == {"token": 10}


# What is missing is null


def test_a_fault_is_null_and_no_zero(report: Json) -> None:
    broken = row(report, "broken")
    call = broken["stages"]["call"]
    assert call["energy_j"] == {"cpu": None, "gpu": None, "ram": None, "total": None}
    assert call["co2e_g"] is None
    assert call["power_w"] is None
    assert call["uncertainty_j"] is None
    assert call["duration_s"] is not None
    assert broken["unmeasured"]
    (budget,) = broken["budgets"]
    assert (budget["actual"], budget["verdict"]) == (None, "unmeasured")
    assert report["totals"]["energy_j"]["total"] is not None  # all known energy
    assert any("cable" in warning for warning in report["warnings"])


def test_a_hosted_model_has_no_figure_but_its_stages_have(report: Json) -> None:
    hosted = row(report, "hosted")
    assert hosted["measurement"] is None
    assert hosted["unmeasured"] == "a hosted API"
    assert hosted["stages"]["call"]["energy_j"]["total"] == 1
    assert any(finding["text"] == "a hosted API" for finding in report["findings"])


def test_a_skipped_test_has_no_call(report: Json) -> None:
    skipped = row(report, "skipped")
    assert skipped["outcome"] == "skipped"
    assert skipped["stages"]["call"] is None
    assert skipped["measurement"] is None
    assert skipped["unmeasured"]


def test_nothing_in_it_is_not_a_number(suite: Suite) -> None:
    text = suite.measure(SUITE).path.read_text()

    def refuse(name: str) -> None:
        raise AssertionError(name)

    json.loads(text, parse_constant=refuse)


def test_it_names_no_host_and_no_user(report: Json) -> None:
    text = json.dumps(report)
    assert socket.gethostname() not in text
    assert report["session"]["hosts"][0]["label"] == "h0"
    assert {test["host"] for test in report["tests"]} == {"h0"}
    user = getpass.getuser()
    assert f"/{user}" not in text
    assert "/tmp" not in text


# How it is written


def test_an_output_may_be_given_several_times(suite: Suite) -> None:
    suite.write("def test_it(): spend(cpu=1)")
    suite.run("--scer-output=report.json", "--scer-output=json:again.txt", "--scer-output=c.csv")
    first, again = (suite.path / name for name in ("report.json", "again.txt"))
    assert first.read_text() == again.read_text()
    assert (suite.path / "c.csv").exists()


def test_an_old_report_is_replaced_and_nothing_else_is_left(suite: Suite) -> None:
    (suite.path / "report.json").write_text("old")
    ran = suite.measure("def test_it(): spend(cpu=1)")
    assert ran.joules("test_it") == 1
    assert [path.name for path in suite.path.glob("*report.json*")] == ["report.json"]


@pytest.mark.parametrize(
    ("how", "status", "interrupted"),
    [
        ("raise KeyboardInterrupt", 2, True),
        ("pytest.exit('enough')", 2, True),
        ("assert 0", 1, False),
    ],
)
def test_a_session_that_ends_early_writes_it_too(
    suite: Suite, how: str, status: int, interrupted: bool
) -> None:
    suite.write(
        f"def test_a(): spend(cpu=1)\ndef test_b(): spend(cpu=2); {how}\ndef test_c(): pass"
    )
    ran = suite.run_apart("--scer-output=report.json", "-x")
    assert ran.exit_status == status
    session = ran.json["session"]
    assert (session["exit_status"], session["interrupted"]) == (status, interrupted)
    assert ran.json["not_run"][-1] == "test_it.py::test_c"
    assert ran.joules("test_a") == 1
    assert ran.json["totals"]["energy_j"]["total"] == 3


def test_an_output_that_becomes_unwritable_is_said(suite: Suite) -> None:
    (suite.path / "out").mkdir()
    suite.write("import shutil\ndef test_it(): spend(cpu=1); shutil.rmtree('out')")
    ran = suite.run("--scer-output=out/report.json")
    ran.passed(passed=1)
    assert ran.exit_status != 0
    assert "out/report.json" in ran.text
    assert "could not be written" in " ".join(ran.text.split())
