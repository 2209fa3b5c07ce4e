"""Ratings in a session: the table of models, its options, and the files it reads."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml
from scales import FROZEN
from suite import CONFTEST, Suite

# pytester unloads the modules that an in-process session imported; these must stay loaded.
from pytest_scer.cli import main
from pytest_scer.formats.label import writing  # noqa: F401
from pytest_scer.formats.manifest.checking import check
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
    assert first["claim"] == (
        "draft, incomplete: simulated cpu, ram, approach, grid year, PUE and source, source of M"
    )
    assert first["is_sci"] is False
    assert any(line.startswith("  draft, incomplete: simulated cpu, ram") for line in ran.scer)
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


ESTIMATES = """
from dataclasses import replace

import simulation
from pytest_scer.meters.base import Provenance

class Estimates(simulation.SimulatedMeter):
    "Says that it assumes some watts, as a meter does that has no counters."

    @property
    def infos(self):
        return {{
            name: replace(info, provenance=Provenance.MODELLED, watts={watts})
            if info.provenance is Provenance.SIMULATED
            else info
            for name, info in super().infos.items()
        }}

simulation.meter.__class__ = Estimates

def pytest_scer_meter():
    return simulation.meter
"""


def test_a_letter_cannot_be_had_by_configuration(
    suite: Suite, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same code, estimated with less power and with hardware that weighs nothing."""

    honest, gamer = suite.path / "honest.json", suite.path / "gamer.json"
    (suite.path / "conftest.py").write_text(ESTIMATES.format(watts=4.0))
    suite.write(MODELS)
    suite.run_apart("--scer-embodied=TE=1200 kg, EL=4 y", f"--scer-output={honest}")
    (suite.path / "conftest.py").write_text(ESTIMATES.format(watts=0.03))
    suite.write(MODELS.replace('"small"', '"mine"').replace("1000, marks", "1, marks"))
    refused = suite.run_apart("--scer-embodied=TE=1 g, EL=100 y, TiR=0.001 s")
    assert refused.exit_status == pytest.ExitCode.USAGE_ERROR
    assert "--scer-embodied: TE=1 g is less than 1 kg for a device" in refused.text
    suite.run_apart("--scer-embodied=TE=1 kg, EL=15 y, TiR=1 s", f"--scer-output={gamer}")
    capsys.readouterr()
    assert main(["rate", str(gamer), "--peers", str(_collected(suite, honest))]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "unrated mine" in text
    assert "unrated: TiR=1 s is shorter than the run of 30 s" in text
    assert "not comparable, left out: 3 (cpu is modelled at 4 W, machine, here modelled" in text


def _collected(suite: Suite, report: Path) -> Path:

    peers = suite.path / "peers.json"
    assert main(["rate", str(report), "--collect", str(peers)]) == 0
    return peers


def test_the_grid_buys_no_letter_by_energy(
    suite: Suite, capsys: pytest.CaptureFixture[str]
) -> None:

    suite.measure(MODELS)
    peers = _collected(suite, suite.path / "report.json")
    suite.write(MODELS.replace("1000, marks", "9000, marks").replace('"small"', '"mine"'))
    (suite.path / "conftest.py").write_text(CONFTEST)  # without the simulated grid
    suite.run_apart("--scer-intensity=1", "--scer-output=report.json", f"--scer-peers={peers}")
    capsys.readouterr()
    assert main(["rate", str(suite.path / "report.json")]) == 0
    lines = capsys.readouterr().out.splitlines()
    (header,) = (line for line in lines if "by energy" in line)
    assert header.split()[:4] == ["rating", "by", "energy", "model"]
    (mine,) = (line for line in lines if " mine " in line)
    assert mine.split()[:2] == ["A", "C"]
    assert "different grids: 1 g per kWh" in " ".join(" ".join(lines).split())


def test_reserving_hardware_for_less_than_the_run_is_a_finding(suite: Suite) -> None:
    ran = suite.measure(MODELS, "--scer-embodied=TE=1200 kg, EL=4 y, TiR=1 s", "--scer-report")
    said = "embodied emissions are implausible: TiR=1 s is shorter than the run of 30 s"
    assert said in [finding["text"] for finding in ran.json["findings"]]
    for row in ran.json["ratings"]:
        assert row["rating"]["letter"] is None
        assert said in row["caveats"]
    assert [row["energy_rating"]["letter"] for row in ran.json["ratings"]] == ["A", "C", "C"]


def test_a_peer_set_of_an_earlier_release_is_read_and_named(suite: Suite) -> None:
    import json

    old = {
        "model": "old", "value": 0.2, "unit": "gCO2eq per 1000 tokens", "phase": "inference",
        "category": "text-generation", "boundary": "cpu+ram", "origin": "old.json",
        "environment": "h0", "date": "2026-01-01", "uncertainty": 0.0,
    }  # fmt: skip
    (suite.path / "old.json").write_text(json.dumps({"peers_version": 1, "peers": [old]}))
    ran = suite.measure(MODELS, "--scer-peers=old.json")
    (note,) = ran.json["ratings"][0]["rating"]["notes"]
    assert note == (
        "not comparable, left out: 1 (the peer does not state how each component was measured: "
        "collect it again)"
    )


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--scer-embodied=TE=1 g, EL=4 y", "TE=1 g is less than 1 kg for a device"),
        ("--scer-embodied=TE=1200 kg, EL=16 y", "EL=16 y is longer than 15 years"),
        ("--scer-embodied=0.001", "0.001 g per hour is less than 0.0076"),
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
    monkeypatch.setattr("pytest_scer.formats.writing.find_spec", lambda name: None)
    suite.write(MODELS)
    ran = suite.run("--scer-output=sci.yaml")
    assert ran.exit_status == pytest.ExitCode.USAGE_ERROR
    assert "pip install 'pytest-scer[manifest]'" in ran.text
    assert not Path(suite.path / "sci.yaml").exists()


# --scer-source, and what claims a review


SOURCES = (
    "--scer-source=pue=annual report of the operator",
    "--scer-source=embodied=carbon footprint sheet of the vendor",
)


def test_sources_are_in_the_report_and_make_the_claim(suite: Suite) -> None:
    ran = suite.measure(MODELS, "--scer-embodied=36", "--scer-pue=1.2", *SOURCES)
    assert ran.json["pue_source"] == "annual report of the operator"
    assert ran.json["embodied_source"] == "carbon footprint sheet of the vendor"
    assert ran.json["ratings"][0]["claim"] == (
        "draft, incomplete: simulated cpu, ram, approach, grid year"
    )


def test_a_given_intensity_can_be_described_in_the_configuration(suite: Suite) -> None:
    suite.conftest("", grid=False)
    suite.ini(
        "scer_intensity = 56\nscer_source =\n    place = France\n    approach = location-based\n"
        "    grid = RTE\n    year = 2024"
    )
    grid = suite.measure(MODELS).json["carbon_intensity"]
    assert grid == {
        "g_per_kwh": 56.0,
        "location": "France",
        "source": "RTE",
        "method": "location-based, given by the user",
        "year": 2024,
    }


def test_sources_reach_the_report_with_xdist(suite: Suite) -> None:
    pytest.importorskip("xdist")
    suite.conftest("", grid=False)
    suite.write(MODELS)
    given = ("--scer-intensity=56", "--scer-source=place=France", SOURCES[0])
    ran = suite.run_apart("--scer-output=report.json", *given, *XDIST)
    assert ran.json["carbon_intensity"]["location"] == "France"
    assert ran.json["pue_source"] == "annual report of the operator"


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--scer-source=colour=blue", "expected KEY=TEXT, where KEY is one of place, approach"),
        ("--scer-source=pue", "expected KEY=TEXT"),
        ("--scer-source=pue= ", "expected KEY=TEXT"),
        ("--scer-source=year=24", "'24' is not the year of a carbon intensity"),
        ("--scer-source=approach=best", "expected one of location-based, market-based"),
        ("--scer-source=pue=certified by an office", "the word 'certified' is refused"),
        ("--scer-scale=scer.toml", "borrows the name of 'scer'"),
        ("--scer-scale=claim.toml", "the word 'approved' is refused"),
        ("--scer-peers=peers.csv", "the word 'endorsed' is refused"),
    ],
)
def test_what_claims_too_much_is_a_usage_error(suite: Suite, option: str, said: str) -> None:
    (suite.path / "scer.toml").write_text(FROZEN.replace("Ours", "SCER draft v0.1"))
    (suite.path / "claim.toml").write_text(FROZEN.replace("Ours", "Approved grades"))
    (suite.path / "peers.csv").write_text("model,total_gpu_energy\nendorsed model,1\n")
    suite.write(MODELS)
    ran = suite.run(option)
    assert ran.exit_status == pytest.ExitCode.USAGE_ERROR
    assert said in ran.text


@pytest.mark.parametrize("argument", ["model", "category"])
def test_a_marker_that_claims_a_review_is_a_usage_error(suite: Suite, argument: str) -> None:
    suite.write(f"@pytest.mark.scer({argument}='certified by GSF')\ndef test_it(carbon): pass")
    ran = suite.run()
    assert ran.exit_status == pytest.ExitCode.USAGE_ERROR
    assert "the word 'certified' is refused: nobody has reviewed these figures" in ran.text


def test_a_unit_that_claims_a_review_gets_no_manifest_and_no_label(suite: Suite) -> None:
    suite.write(MODELS.replace("tokens=1000", "approved=1000"))
    outputs = [f"--scer-output={name}" for name in ("report.json", "sci.yaml", "label.svg")]
    ran = suite.run(*outputs)
    assert ran.exit_status == pytest.ExitCode.INTERNAL_ERROR
    assert "the word 'approved' is refused" in ran.text
    assert ran.json["ratings"]
    assert not (suite.path / "sci.yaml").exists()
    assert not (suite.path / "label.svg").exists()


def test_manifest_and_label_of_a_session_fit_its_report(suite: Suite) -> None:

    suite.write(MODELS)
    names = ("report.json", "sci.yaml", "label.svg")
    suite.run(*(f"--scer-output={name}" for name in names))
    report, manifest, label = (str(suite.path / name) for name in names)
    assert main(["manifest", "--check", manifest, "--report", report]) == 0
    assert main(["label", label, "--check", manifest]) == 0


def test_what_a_score_leaves_out_stands_below_it(suite: Suite) -> None:
    suite.write(
        """
        import pytest

        def of(model): return pytest.mark.scer(model=model, category="text", phase="inference")

        @of("a")
        def test_a(carbon): spend(cpu=1); carbon.count(tokens=10)
        @of("b")
        def test_b(carbon): spend(cpu=2); carbon.count(tokens=10)
        @of("b")
        def test_broken(carbon): spend(cpu=3); assert False
        """
    )
    ran = suite.run("--scer-report")
    assert "  b: left out of the score: 3.00 J in tests of this model (1 failed)" in ran.scer


def test_why_chosen_peers_are_refused_stands_below_the_table(suite: Suite) -> None:
    suite.measure(MODELS, "--scer-embodied=TE=1200 kg, EL=4 y", "--scer-output=with.json")
    assert (
        main(["rate", str(suite.path / "with.json"), "--collect", str(suite.path / "p.json")]) == 0
    )
    ran = suite.measure(MODELS, "--scer-peers=p.json", "--scer-report")
    assert any(line.startswith("  not comparable, left out: ") for line in ran.scer)
    assert any(line.startswith("  draft, incomplete: ") for line in ran.scer)
