"""Ratings of a report: the letter, its basis and its caveats."""

from __future__ import annotations

import math
import random
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import reports
from jsonschema import Draft202012Validator
from scales import FROZEN

from pytest_scer.meters.base import ABSENT
from pytest_scer.report.from_json import load_report
from pytest_scer.report.model import DIFFERS, Report
from pytest_scer.report.rating_files import read_peers, read_scale
from pytest_scer.report.ratings import RatedScore, rate_scores, rated_scores, session_peers
from pytest_scer.report.reading import read_report
from pytest_scer.report.schema import json_schema
from pytest_scer.scoring.peer_files import peers_to_json
from pytest_scer.scoring.peers import ComponentBasis, Peer
from pytest_scer.scoring.protocols import BUILT_IN, Protocol
from pytest_scer.scoring.rating import ONE_PEER
from pytest_scer.scoring.scales import FrozenScale, StarScale
from pytest_scer.scoring.sci import (
    OPERATIONAL_ONLY,
    Embodied,
    EmbodiedComponent,
    EmbodiedRate,
    parse_embodied,
)


def letters(rows: tuple[RatedScore, ...]) -> list[str | None]:
    return [row.rating.letter for row in rows]


def rated(made: Report) -> RatedScore:
    (row,) = rated_scores(made)
    return row


def test_the_models_of_a_session_are_each_others_peers() -> None:
    rows = rated_scores(reports.three_models())
    assert letters(rows) == ["A", "C", "C"]
    assert rows[1].rating.percentile == 50
    for row in rows:
        assert (row.rating.n, row.rating.peers) == (3, "this session")
        assert (row.rating.scale, row.rating.date) == ("SCER draft v0.1", "2026-03-01")


def test_training_and_inference_are_rated_apart() -> None:
    made = reports.report(
        reports.entry("a", reports.measured(1.0), units={"token": 1}),
        reports.entry("b", reports.measured(2.0), units={"token": 1}),
        reports.entry("c", reports.measured(0.1), units={"token": 1}, phase="training"),
    )
    assert [row.rating.n for row in rated_scores(made)] == [2, 2, 1]
    assert letters(rated_scores(made)) == ["A", "C", None]


def test_one_model_is_unrated_and_one_peer_is_said() -> None:
    alone = reports.entry("a", reports.measured(1.0), units={"token": 1})
    other = reports.entry("b", reports.measured(2.0), units={"token": 1})
    rating = rated(reports.report(alone)).rating
    assert (rating.letter, rating.reason) == (None, "no peers to compare with (N = 1)")
    for row in rated_scores(reports.report(alone, other)):
        assert ONE_PEER in row.rating.notes


def test_uncertainty_that_could_turn_the_letter_shows_both() -> None:
    made = reports.report(
        reports.entry("a", reports.measured(10.0, uncertainty_j=3.0), units={"token": 1}),
        reports.entry("b", reports.measured(11.0, uncertainty_j=3.0), units={"token": 1}),
    )
    assert letters(rated_scores(made)) == ["A-C", "A-C"]


def test_without_embodied_emissions_it_says_that_it_is_no_sci_score() -> None:
    assert OPERATIONAL_ONLY in rated(one()).caveats
    with_m = one(embodied=Embodied((EmbodiedRate(36.0),)))
    row = rated(with_m)
    assert row.caveats == ()
    # 10 s at 36 g per hour are 0.1 g, in addition to the 0.1 g of 1 kJ
    assert row.score.score is not None
    assert row.score.score.embodied_g == pytest.approx(0.1)
    assert row.score.score.value_g == pytest.approx(0.2)
    assert reports.as_json(with_m)["totals"]["embodied_co2e_g"] == pytest.approx(1.0)


def one(**more: object) -> Report:
    return reports.report(reports.entry("a", reports.measured(1000.0), units={"image": 1}), **more)


def test_of_tests_side_by_side_each_holds_its_part_of_the_machine() -> None:
    embodied = Embodied((EmbodiedRate(36.0),))
    made = one(embodied=embodied)
    made.session.workers = 4
    score = rated(made).score.score
    assert score is not None
    assert score.embodied_g == pytest.approx(0.1 / 4)


def test_work_without_a_duration_has_no_share_of_the_hardware() -> None:
    test = reports.entry("a", reports.measured(1.0, seconds=0.0), units={"image": 1})
    made = reports.report(test, embodied=Embodied((EmbodiedRate(36.0),)))
    assert OPERATIONAL_ONLY in rated(made).caveats


def test_what_is_estimated_is_said() -> None:
    meters = {"cpu": reports.MODELLED, "gpu": ABSENT, "ram": reports.CONSTANT}
    caveats = rated(one(meters=meters)).caveats
    assert "estimated, not measured: cpu (modelled), ram (constant)" in caveats


def test_unmeasured_parts_are_said() -> None:
    made = reports.three_models()
    made.tests.append(
        reports.entry("small", unmeasured="a hosted API", nodeid="test_it.py::test_hosted")
    )
    small, medium, _ = rated_scores(made)
    assert "unmeasured and left out: 1 test or section of this model" in small.caveats
    assert not any("unmeasured" in caveat for caveat in medium.caveats)


def test_mixed_hardware_is_said() -> None:
    made = reports.report(
        reports.entry("a", reports.measured(1.0), units={"token": 1}),
        reports.entry("a", reports.measured(2.0), units={"token": 1}, host="h1"),
        reports.entry("b", reports.measured(2.0), units={"token": 1}, host="h1"),
    )
    made.session.hosts = [
        {"label": label, "environment": asdict(reports.environment(cpu))}
        for label, cpu in (("h0", "Xeon"), ("h1", "EPYC"))
    ]
    mixed, pure = rated_scores(made)
    assert mixed.caveats[-1].startswith("mixed hardware: Xeon, 8 threads, 32 GB RAM; EPYC")
    assert pure.hardware == ("EPYC, 8 threads, 32 GB RAM",)
    assert any("measured in different environments" in note for note in pure.rating.notes)


def test_equal_hosts_are_not_mixed() -> None:
    made = reports.report(
        reports.entry("a", reports.measured(1.0), units={"token": 1}),
        reports.entry("a", reports.measured(2.0), units={"token": 1}, host="h1"),
    )
    made.session.hosts = [
        {"label": label, "environment": asdict(reports.environment("Xeon"))}
        for label in ("h0", "h1")
    ]
    assert rated(made).caveats == (OPERATIONAL_ONLY,)


def test_a_report_that_was_written_and_read_rates_the_same(tmp_path: Path) -> None:
    scale = tmp_path / "ours.toml"
    scale.write_text(FROZEN)
    made = reports.three_models()
    made.embodied = Embodied(
        (EmbodiedRate(1 / 3), EmbodiedComponent(1e6, 35040.0, 1.0, 8.0, reserved_h=2.0))
    )
    made.peers = session_peers(made, "elsewhere")
    made.scale = read_scale(str(scale))
    again = read_report(reports.write(made, tmp_path / "report.json"))
    assert again.embodied == made.embodied
    assert again.peers == made.peers
    assert again.scale == made.scale
    assert isinstance(again.scale, FrozenScale)
    assert rated_scores(again) == rated_scores(made)


def test_the_json_fits_the_schema_and_tells_the_rating() -> None:
    form = reports.as_json(reports.three_models())
    Draft202012Validator(json_schema()).validate(form)
    first = form["ratings"][0]
    assert first["rating"] == {
        "letter": "A",
        "scale": "SCER draft v0.1",
        "n": 3,
        "reason": None,
        "notes": [],
        "percentile": 100.0,
        "peers": "this session",
        "date": "2026-03-01",
    }
    assert first["caveats"] == [OPERATIONAL_ONLY]
    assert first["embodied_co2e_g"] is None


def test_a_report_without_the_keys_of_ratings_can_be_read() -> None:
    form = reports.as_json(reports.three_models())
    for key in ("embodied", "scale", "peers"):
        del form[key]
    assert letters(rated_scores(load_report(form))) == ["A", "C", "C"]


def test_frozen_cut_offs_rate_without_peers(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(FROZEN)
    rows = rate_scores(reports.three_models(), [], read_scale(str(path)))
    assert letters(rows) == ["A", "B", "C"]
    assert {row.rating.scale for row in rows} == {"Ours 2 (2026-01-01)"}


def test_stars_by_name() -> None:
    assert isinstance(read_scale("stars"), StarScale)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file or directory; expected `scer`, `stars` or a file of cut-offs"),
        ("name = ", "neither TOML nor a JSON object"),
        ("name = 'x'", "version, date, unit, edge, worst, cutoffs missing"),
    ],
)
def test_a_bad_scale_names_its_file(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "bad.toml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ValueError, match=r"bad\.toml") as caught:
        read_scale(str(path))
    assert said in str(caught.value)


@pytest.mark.parametrize("content", [None, "{", '{"peers_version": 9}', "a,b\n1,2\n", "\xff\xfe"])
def test_a_bad_peer_set_names_its_file(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "bad.json"
    if content is not None:
        path.write_text(content, encoding="latin-1")
    with pytest.raises(ValueError, match=r"bad\.json"):
        read_peers(path)


def test_peers_of_a_file_are_the_only_peers(tmp_path: Path) -> None:
    made = reports.three_models()
    mine = session_peers(made, "reference")
    path = tmp_path / "peers.json"
    path.write_text(peers_to_json(replace(peer, model=f"their {peer.model}") for peer in mine))
    rows = rate_scores(made, read_peers(path), made.scale or read_scale("scer"))
    assert [row.rating.n for row in rows] == [4, 4, 4]
    assert {row.rating.peers for row in rows} == {"reference"}


@pytest.mark.parametrize(
    "other",
    [
        {"unit": "gCO2eq per token"},
        {"phase": "training"},
        {"boundary": "gpu"},
        {"boundary": "cpu+ram, with embodied"},
        {"category": "summarization"},
    ],
    ids=str,
)
def test_a_peer_that_differs_is_refused_with_a_note(other: dict[str, str]) -> None:
    made = reports.three_models()
    (first, *_) = session_peers(made, "reference")
    stranger = replace(first, model="stranger", **other)  # type: ignore[arg-type]
    row = rate_scores(made, [stranger], read_scale("scer"))[0]
    assert row.rating.letter is None
    assert row.rating.notes[0].startswith("not comparable, left out: 1")


AI_ENERGY_SCORE = "model,total_gpu_energy\norg/a,0.2\norg/b,0.4\norg/c,0.6\n"


def test_ai_energy_score_rates_the_energy_of_a_gpu_only_run(tmp_path: Path) -> None:
    path = tmp_path / "text_generation.csv"
    path.write_text(AI_ENERGY_SCORE)
    peers = read_peers(path, date="2025-02")
    assert {peer.category for peer in peers} == {"text-generation"}
    made = on_gpu(units={"query": 1000}, runs=10)
    (row,) = rate_scores(made, peers, read_scale("stars"))
    assert row.rating.letter == "5 stars"
    assert row.rating.n == 4
    assert row.rating.peers == "AI Energy Score (text_generation.csv)"
    assert row.rating.date == "2025-02 to 2026-03-01"
    assert any("H100" in note for note in row.rating.notes)


def on_gpu(
    name: str | None = "ai-energy-score-text-generation", *, units: dict[str, float], runs: int
) -> Report:
    """A run of 0.1 Wh per query, 360 kJ in all, that says which protocol it follows."""
    gpu = reports.entry(
        "mine",
        replace(reports.measured(0), cpu_j=None, ram_j=None, gpu_j=360e3, run_count=runs),
        units=units,
        protocol=None if name is None else BUILT_IN[name].identity,
    )
    meters = {"cpu": ABSENT, "gpu": reports.MEASURED, "ram": ABSENT}
    return reports.report(gpu, meters=meters)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (on_gpu(None, units={"query": 1000}, runs=10), "no peers to compare with (N = 1)"),
        (
            on_gpu(units={"query": 1000}, runs=3),
            "not by protocol ai-energy-score-text-generation: it asks for 10 runs, here 3",
        ),
        (
            on_gpu(units={"query": 20}, runs=10),
            (
                "not by protocol ai-energy-score-text-generation: it asks for 1000 queries a run, "
                "here 20 in all"
            ),
        ),
        (
            on_gpu("ai-energy-score-summarization", units={"query": 1000}, runs=10),
            "no peers to compare with (N = 1)",
        ),
    ],
)
def test_ai_energy_score_refuses_another_protocol(tmp_path: Path, made: Report, said: str) -> None:
    path = tmp_path / "text-generation.csv"
    path.write_text(AI_ENERGY_SCORE)
    (row,) = rate_scores(made, read_peers(path), read_scale("stars"))
    assert (row.rating.letter, row.rating.reason) == (None, said)


def test_ai_energy_score_refuses_a_whole_machine(tmp_path: Path) -> None:
    path = tmp_path / "text-generation.csv"
    path.write_text(AI_ENERGY_SCORE)
    made = reports.report(reports.entry("mine", reports.measured(360.0), units={"query": 1}))
    (row,) = rate_scores(made, read_peers(path), read_scale("stars"))
    assert row.rating.letter is None
    assert row.rating.notes == ("not comparable, left out: 3 (boundary is gpu, here cpu+ram)",)


def test_what_has_no_category_is_nobodys_peer() -> None:
    made = reports.report(
        reports.entry("a", reports.measured(1.0), units={"token": 1}, category=None)
    )
    assert session_peers(made, "x") == ()
    assert rated(made).rating.reason == "no category is stated, so it has no peers"


def test_a_peer_states_machine_and_grid() -> None:
    peer: Peer = session_peers(reports.three_models(), "x")[0]
    assert peer.environment == "Xeon, 8 threads, 32 GB RAM"
    assert (peer.g_per_kwh, peer.place, peer.pue) == (360.0, "Testland", 1.0)
    assert peer.components == (
        ComponentBasis("cpu", "measured", "machine", source="RAPL"),
        ComponentBasis("ram", "measured", "machine", source="RAPL"),
    )
    assert peer.energy_wh == pytest.approx(1000 / 3600)


def test_a_protocol_that_the_report_does_not_describe_is_not_rated() -> None:
    made = reports.three_models()
    for test in made.tests:
        test.protocol = "chat 1 (0123abcd)"
    for row in rated_scores(made):
        assert row.rating.reason == "the report does not describe its protocol chat 1 (0123abcd)"
        assert (row.rating.letter, row.energy_rating.letter) == (None, None)
    assert session_peers(made, "x") == ()


def test_a_protocol_comes_back_from_the_json(tmp_path: Path) -> None:
    chat = Protocol("chat", "1", "answer", "prompts", runs=1)
    made = reports.three_models()
    made.protocols = (chat,)
    for test in made.tests:
        test.protocol = chat.identity
    again = read_report(reports.write(made, tmp_path / "report.json"))
    assert again.protocols == (chat,)
    assert letters(rated_scores(again)) == ["A", "C", "C"]
    assert {row.protocol for row in rated_scores(again)} == {chat}
    assert {peer.protocol for peer in session_peers(again, "x")} == {chat.identity}


def test_hosts_of_a_merged_report_that_assume_other_watts_are_not_compared() -> None:
    """The same code on a machine whose power was forced, merged into one report."""
    made = reports.report(
        reports.entry("honest", reports.measured(100.0), units={"token": 1}),
        reports.entry("gamer", reports.measured(1.0), units={"token": 1}, host="h1"),
        meters={
            "cpu": replace(reports.MODELLED, source=DIFFERS),
            "gpu": ABSENT,
            "ram": reports.CONSTANT,
        },
    )
    made.session.hosts = [
        {"label": label, "meters": {"cpu": f"modelled: {source}", "ram": "constant: 20 W constant"}}
        for label, source in (("h0", "CPU time x 4 W"), ("h1", "CPU time x 0.03 W"))
    ]
    for row in rated_scores(made):
        assert row.rating.reason == "no peers to compare with (N = 1)"
        assert row.energy_rating.reason == "no peers to compare with (N = 1)"


@pytest.mark.parametrize("embodied", [None, "TE=1200 kg, EL=4 y"])
def test_six_identical_models_never_differ_in_letter(embodied: str | None) -> None:
    """Noise of 12 % in energy and in time, whose uncertainty the figures state."""
    noise = random.Random(17)
    for _ in range(200):
        factors = [math.exp(noise.gauss(0, 0.12)) for _ in range(6)]
        made = reports.report(
            *(
                reports.entry(
                    f"m{number}",
                    reports.measured(100 * factor, 10 * factor, 24 * factor),
                    units={"token": 1000},
                )
                for number, factor in enumerate(factors)
            ),
            embodied=embodied and parse_embodied(embodied),
        )
        rows = rated_scores(made)
        assert {row.rating.letter for row in rows} == {"A-C"}
        assert {row.energy_rating.letter for row in rows} == {"A-C"}
