"""Ratings in a session: the table of models, its options, and the files it reads."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml
from pytest_scer.formats.manifest_check import check
from scales import FROZEN
from suite import Suite

# pytester unloads the modules that an in-process session imported; these must stay loaded.
from pytest_scer.formats import label, manifest  # noqa: F401
from pytest_scer.scoring.sci import OPERATIONAL_ONLY

MODELS = """
@pytest.mark.parametrize(
    "joules",
    [
        pytest.param(1000, marks=pytest.mark.scer(model="small")),
        pytest.param(2000, marks=pytest.mark.scer(model="medium")),
        pytest.param(4000, marks=pytest.mark.scer(model="large")),
    ],
)
@pytest.mark.scer(phase="inference", category="text-generation")
def test_generate(joules, carbon):
    spend(cpu=joules)
    wait(10)
    carbon.count(tokens=1000)
"""
XDIST = ("-p", "xdist", "-p", "xdist.looponfail", "-n2")
AI_ENERGY_SCORE = "model,total_gpu_energy\norg/a,0.2\norg/b,0.4\n"


def ratings(suite: Suite, *args: str) -> dict[str, str | None]:
    ran = suite.measure(MODELS, *args)
    return {row["model"]: row["rating"]["letter"] for row in ran.json["ratings"]}


def test_the_table_of_models_has_letters_with_scale_peers_n_and_date(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    ran = suite.measure(MODELS, "--scer-report")
    start = ran.scer.index("models of text-generation, inference, per 1000 tokens (cpu+ram)")
    header, small, medium, large, basis, caveat = ran.scer[start + 1 : start + 7]
    assert header.split() == ["rating", "model", "score", "energy", "runs", "units", "per", "kWh"]
    assert small.split()[:6] == ["A", "small", "0.100", "gCO2eq", "per", "1000"]
    assert [row.split()[0] for row in (small, medium, large)] == ["A", "C", "C"]
    assert basis.startswith("  rating (SCER draft v0.1, N=3, peers: this session, 20")
    assert caveat == f"  {OPERATIONAL_ONLY}"


def test_ratings_stand_in_the_json(suite: Suite) -> None:
    assert ratings(suite) == {"small": "A", "medium": "C", "large": "C"}


def test_a_model_without_category_is_unrated_with_the_reason(suite: Suite) -> None:
    ran = suite.measure(
        """
        @pytest.mark.scer(phase="inference", model="lonely")
        def test_it(carbon):
            spend(cpu=1)
            carbon.count(images=1)
        """,
        "--scer-report",
    )
    assert "  unrated: no category is stated, so it has no peers (SCER draft v0.1, N=0)" in ran.scer


# --scer-embodied


def test_embodied_emissions_make_it_an_sci_score(suite: Suite) -> None:
    ran = suite.measure(MODELS, "--scer-embodied=36", "--scer-report")
    # 10 s at 36 g per hour are 0.1 g, plus the 0.1 g of 1 kJ; the session took 30 s
    assert ran.json["totals"]["embodied_co2e_g"] == pytest.approx(0.3)
    first = ran.json["ratings"][0]
    assert first["embodied_co2e_g"] == pytest.approx(0.1)
    assert first["score"] == pytest.approx(0.2)
    assert first["caveats"] == ["simulated, not measured: cpu, ram"]
    assert OPERATIONAL_ONLY not in ran.text
    assert not any(finding["kind"] == "boundary" for finding in ran.json["findings"])
    assert any("embodied 300 mg CO2e" in line for line in ran.scer)


def test_budgets_in_mass_read_operational_emissions(suite: Suite) -> None:
    ran = suite.measure(MODELS, "--scer-embodied=36", "--scer-test-budget=0.41 g")
    ran.passed(passed=3)


def test_embodied_emissions_from_components_in_the_configuration(suite: Suite) -> None:
    suite.ini("scer_embodied = TE=1200 kg, EL=4 y, RR=1, ToR=8")
    ran = suite.measure(MODELS)
    expected = 1.2e6 / 8 * 30 / (4 * 365 * 24 * 3600)
    assert ran.json["totals"]["embodied_co2e_g"] == pytest.approx(expected)


def test_without_embodied_emissions_it_says_so(suite: Suite) -> None:
    ran = suite.measure(MODELS, "--scer-report")
    assert ran.json["totals"]["embodied_co2e_g"] is None
    assert ran.text.count(OPERATIONAL_ONLY) >= 2  # at the total and at the scores


# --scer-scale, --scer-peers


def test_stars(suite: Suite) -> None:
    found = ratings(suite, "--scer-scale=stars")
    assert found == {"small": "5 stars", "medium": "4 stars", "large": "1 star"}


def test_frozen_cut_offs(suite: Suite) -> None:
    (suite.path / "ours.toml").write_text(FROZEN)
    assert ratings(suite, "--scer-scale=ours.toml") == {"small": "A", "medium": "B", "large": "C"}


def test_files_of_the_configuration_lie_beside_it(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite.ini("scer_scale = ours.toml")
    (suite.path / "ours.toml").write_text(FROZEN)
    suite.write(MODELS)
    (suite.path / "below").mkdir()
    monkeypatch.chdir(suite.path / "below")
    ran = suite.run("-p", "no:cacheprovider", "--scer-report", str(suite.path))
    assert any("Ours 2 (2026-01-01)" in line for line in ran.scer)


def test_peers_of_another_session(suite: Suite) -> None:
    from pytest_scer.cli import main

    suite.measure(MODELS)
    report, peers = suite.path / "report.json", suite.path / "peers.json"
    assert main(["rate", str(report), "--collect", str(peers)]) == 0
    suite.write(MODELS.replace("1000,", "3000,").replace('"small"', '"mine"'))
    ran = suite.run("--scer-output=report.json", "--scer-peers=peers.json")
    mine = ran.json["ratings"][0]
    assert (mine["model"], mine["rating"]["letter"], mine["rating"]["n"]) == ("mine", "C", 4)
    assert mine["rating"]["peers"] == "report.json"


def test_peers_that_differ_in_boundary_are_refused(suite: Suite) -> None:
    (suite.path / "text-generation.csv").write_text(AI_ENERGY_SCORE)
    ran = suite.measure(MODELS, "--scer-peers=text-generation.csv", "--scer-scale=stars")
    rating = ran.json["ratings"][0]["rating"]
    assert rating["letter"] is None
    assert any("not comparable" in note for note in rating["notes"])


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--scer-embodied=0", "must be a number above 0"),
        ("--scer-embodied=TE=1 kg", "EL missing"),
        ("--scer-scale=starz", "starz: No such file or directory; expected `scer`, `stars` or"),
        ("--scer-scale=bad.txt", "bad.txt: scale: neither TOML nor a JSON object"),
        ("--scer-peers=nowhere.json", "nowhere.json: No such file or directory"),
        ("--scer-peers=bad.txt", "bad.txt: AI Energy Score: expected the columns"),
    ],
)
@pytest.mark.parametrize("more", [(), XDIST, ("--collect-only",)], ids=["alone", "n2", "asleep"])
def test_a_bad_value_is_one_usage_error(
    suite: Suite, option: str, said: str, more: tuple[str, ...]
) -> None:
    if more == XDIST:
        pytest.importorskip("xdist")
    (suite.path / "bad.txt").write_text("x y z")
    suite.write(MODELS)
    ran = suite.run_apart(option, *more)
    assert ran.exit_status == pytest.ExitCode.USAGE_ERROR
    name = option.partition("=")[0]
    (line,) = [line for line in ran.text.splitlines() if name in line]
    assert line.startswith(f"ERROR: {name}: ")
    assert said in line


def test_a_bad_value_of_the_configuration_names_key_and_file(suite: Suite) -> None:
    suite.ini("scer_scale = starz")
    suite.write(MODELS)
    ran = suite.run()
    assert ran.exit_status == pytest.ExitCode.USAGE_ERROR
    assert "scer_scale (tox.ini): starz: No such file" in ran.text


def test_xdist_rates_all_models_together(suite: Suite) -> None:
    pytest.importorskip("xdist")
    suite.write(MODELS)
    ran = suite.run_apart("--scer-output=report.json", *XDIST)
    found = {row["model"]: row["rating"] for row in ran.json["ratings"]}
    assert {name: rating["n"] for name, rating in found.items()} == {
        "small": 3, "medium": 3, "large": 3,
    }  # fmt: skip


# .yaml and .svg


def test_the_manifest_is_written_and_passes_its_check(suite: Suite) -> None:
    suite.write(MODELS)
    suite.run("--scer-output=sci.yaml")
    found = list(yaml.safe_load_all((suite.path / "sci.yaml").read_text()))
    assert [document["submission"]["software"]["name"] for document in found] == [
        "small", "medium", "large",
    ]  # fmt: skip
    assert [check(document).errors for document in found] == [(), (), ()]


def test_the_label_is_written(suite: Suite) -> None:
    suite.write(MODELS)
    suite.run("--scer-output=label.svg")
    root = ET.fromstring((suite.path / "label.svg").read_text())
    assert len(root.findall("{http://www.w3.org/2000/svg}g")) == 3


@pytest.mark.parametrize("output", ["sci.yaml", "label.svg"])
def test_a_session_without_scores_writes_its_files_all_the_same(suite: Suite, output: str) -> None:
    suite.write("def test_it(): pass")
    ran = suite.run(f"--scer-output={output}")
    assert ran.exit_status == 0
    assert (suite.path / output).stat().st_size > 0


def test_yaml_without_its_library_is_refused_before_the_tests(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("pytest_scer.config.values.find_spec", lambda name: None)
    suite.write(MODELS)
    ran = suite.run("--scer-output=sci.yaml")
    assert ran.exit_status == pytest.ExitCode.USAGE_ERROR
    assert "pip install 'pytest-scer[manifest]'" in ran.text
    assert not Path(suite.path / "sci.yaml").exists()
