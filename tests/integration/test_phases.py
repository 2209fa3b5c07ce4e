"""Training and inference in one test: every output counts the same joules."""

from __future__ import annotations

import json

import pytest
from suite import Suite

TRAINS_AND_PREDICTS = """
@pytest.mark.scer(phase="training", category="text-generation", model="gpt2")
def test_fit(carbon):
    spend(cpu=100)
    wait(10)
    with carbon.measure("predict", phase="inference"):
        spend(cpu=35)
        wait(2)
        carbon.count(tokens=1000)
        with carbon.measure("adapt", phase="training"):
            spend(cpu=5)
    carbon.count(steps=10)
"""


def energies(suite: Suite, body: str, *args: str) -> dict[str, float]:
    rows = suite.measure(body, *args).json["ratings"]
    return {row["phase"]: row["energy_j"] for row in rows}


def test_a_section_of_the_other_phase_is_not_charged_to_its_test(suite: Suite) -> None:
    assert energies(suite, TRAINS_AND_PREDICTS) == {"training": 105, "inference": 35}


def test_all_outputs_agree(suite: Suite, capsys: pytest.CaptureFixture[str]) -> None:
    from pytest_scer.cli import main

    ran = suite.measure(TRAINS_AND_PREDICTS, "--scer-report", "-v")
    assert "  training: 105 J, 10.5 mgCO2e" in ran.scer
    assert "  inference: 35.0 J, 3.50 mgCO2e" in ran.scer
    (test,) = ran.json["tests"]
    parts = {name: part["energy_j"]["total"] for name, part in test["other_phases"].items()}
    assert parts == {"inference": 35}
    assert test["measurement"]["energy_j"]["total"] == 140
    report = str(suite.path / "report.json")
    capsys.readouterr()
    assert main(["model-card", report]) == 0
    grams = float(capsys.readouterr().out.split("emissions: ")[1].split()[0])
    per_j = ran.json["tests"][0]["measurement"]["co2e_g"] / 140
    assert grams == pytest.approx(105 * per_j, rel=1e-3)
    assert main(["what-if", report, "--model", "gpt2"]) == 0
    assert "140 J of IT energy, the tests of gpt2" in capsys.readouterr().out


def test_of_a_repeated_call_the_median_run_counts_for_both_phases(suite: Suite) -> None:
    found = energies(
        suite,
        """
        @pytest.mark.scer(phase="training", category="x", model="gpt2", repeats=3, warmup=1)
        def test_fit(carbon):
            joules = iter([1000, 30, 10, 20])

            def fit():
                more = next(joules)
                spend(cpu=more)
                wait(1)
                with carbon.measure("predict", phase="inference"):
                    spend(cpu=more / 2)
                    carbon.count(tokens=more)
                carbon.count(steps=1)

            carbon(fit)
            with carbon.measure("again", phase="inference"):
                spend(cpu=7)
                carbon.count(tokens=14)
        """,
    )
    assert found == {"training": 20, "inference": 10 + 7}


def test_all_runs_of_a_section_count(suite: Suite) -> None:
    ran = suite.measure(
        """
        @pytest.mark.scer(phase="training", category="x", model="gpt2")
        def test_fit(carbon):
            for joules in (1, 2, 6):
                with carbon.measure("epoch"):
                    spend(cpu=joules)
                    carbon.count(steps=1)
        """
    )
    (row,) = ran.json["ratings"]
    assert (row["energy_j"], row["units"], row["runs"]) == (9, 3, 3)
    (section,) = ran.json["tests"][0]["sections"]
    assert section["measurement"]["energy_j"]["total"] == 2
    assert section["counted"]["units"] == {"step": 3}


def test_a_section_without_a_phase_has_that_of_the_section_around_it(suite: Suite) -> None:
    found = energies(
        suite,
        """
        @pytest.mark.scer(phase="training", category="x", model="gpt2")
        def test_fit(carbon):
            with carbon.measure("generate", phase="inference"):
                with carbon.measure("decode"):
                    spend(cpu=3)
                    carbon.count(tokens=1)
            spend(cpu=4)
            carbon.count(steps=1)
        """,
    )
    assert found == {"training": 4, "inference": 3}


def test_a_confirmed_test_counts_its_median(suite: Suite) -> None:
    found = energies(
        suite,
        """
        meter.noise_j = 3.0

        @pytest.mark.scer("16 J", phase="training", category="x", model="gpt2")
        def test_fit(carbon):
            spend(cpu=10)
            with carbon.measure("predict", phase="inference"):
                spend(cpu=5)
                carbon.count(tokens=1)
            carbon.count(steps=1)
        """,
        "--scer-confirm=2",
    )
    assert found == {"training": 10, "inference": 5}


def test_xdist_counts_the_same(suite: Suite) -> None:
    pytest.importorskip("xdist")
    suite.write(TRAINS_AND_PREDICTS)
    ran = suite.run_apart(
        "--scer-output=report.json", "-p", "xdist", "-p", "xdist.looponfail", "-n2"
    )
    found = {row["phase"]: row["energy_j"] for row in ran.json["ratings"]}
    assert found == {"training": 105, "inference": 35}


def test_what_a_score_leaves_out_is_listed(suite: Suite) -> None:
    ran = suite.measure(
        """
        pytestmark = pytest.mark.scer(phase="inference", category="x", model="gpt2")

        def test_counts(carbon):
            spend(cpu=1)
            carbon.count(tokens=1)

        def test_fails(carbon):
            spend(cpu=20)
            assert False

        def test_counts_nothing(carbon):
            spend(cpu=3)
        """,
        "--scer-report",
        "-v",
    )
    (row,) = ran.json["ratings"]
    listed = {each["nodeid"].rpartition("::")[2]: each for each in row["left_out"]}
    assert {name: (each["reason"], each["energy_j"]) for name, each in listed.items()} == {
        "test_fails": ("failed", 20),
        "test_counts_nothing": ("counted nothing", 3),
    }
    text = " ".join(" ".join(ran.scer).split())
    assert "left out of the score: 23.0 J in tests of this model" in text
    assert "test_fails: failed, 20.0 J" in text
    assert json.dumps(ran.json)  # plain builtins
