"""Which models are compared, and reading peers from files."""

from dataclasses import replace

import pytest

from pytest_scer.scoring.peers import ComponentBasis, Peer, mismatch, newest, rate
from pytest_scer.scoring.rating import ONE_PEER
from pytest_scer.scoring.scales import parse_scale
from pytest_scer.scoring.scer import ScerScale

UNIT = "gCO2eq per 1000 tokens"
GPT2 = Peer(
    model="gpt2",
    value=2.0,
    unit=UNIT,
    category="text-generation",
    phase="inference",
    boundary="cpu+ram",
    origin="this session",
    environment="h0",
    date="2026-03-01",
    uncertainty=0.0,
)


def peer(model: str, value: float | None, **changes: str) -> Peer:
    return replace(GPT2, model=model, value=value, **changes)  # type: ignore[arg-type]


def test_a_rating_names_its_peers_and_dates() -> None:
    others = [
        peer("small", 1.0, origin="peers.json", date="2025-02-01"),
        peer("large", 9.0, origin="peers.json", date="2025-06-01"),
    ]
    rating = rate(GPT2, [GPT2, *others], ScerScale())
    assert (rating.letter, rating.percentile, rating.n) == ("C", 50.0, 3)
    assert rating.peers == "peers.json"
    assert rating.date == "2025-02-01 to 2026-03-01"
    assert str(rating) == ("C (SCER draft v0.1, N=3, peers: peers.json, 2025-02-01 to 2026-03-01)")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("category", "summarization", "another category"),
        ("unit", "gCO2eq per token", f"unit is gCO2eq per token, here {UNIT}"),
        ("phase", "training", "phase is training, here inference"),
        ("boundary", "gpu", "boundary is gpu, here cpu+ram"),
        ("protocol", "chat 1", "protocol is chat 1, here not stated"),
    ],
)
def test_what_differs_is_refused_with_the_reason(name: str, value: str, said: str) -> None:
    stranger = peer("stranger", 1.0, **{name: value})
    assert (mismatch(GPT2, stranger) or "").startswith(f"{name} is {value}, here ")
    alone = rate(GPT2, [stranger], ScerScale())
    assert (alone.letter, alone.n) == (None, 1)
    assert alone.notes == (f"not comparable, left out: 1 ({said})",)
    assert alone.peers is None
    among = rate(GPT2, [stranger, peer("small", 1.0)], ScerScale())
    assert (among.letter, among.n) == ("C", 2)
    assert among.notes == (ONE_PEER, *alone.notes)


@pytest.mark.parametrize("name", ["category", "phase"])
def test_without_category_or_phase_there_are_no_peers(name: str) -> None:
    model = replace(GPT2, **{name: None})  # type: ignore[arg-type]
    rating = rate(model, [replace(model, model="other")], ScerScale())
    assert rating.letter is None
    assert rating.reason == f"no {name} is stated, so it has no peers"


def test_a_peer_of_the_same_name_is_the_model_itself() -> None:
    earlier = peer("gpt2", 1.0, origin="peers.json", date="2025-01-01")
    assert rate(GPT2, [earlier], ScerScale()).n == 1


def test_mixed_hardware_is_noted_with_the_letter() -> None:
    rating = rate(GPT2, [peer("small", 1.0, environment="H100")], ScerScale())
    assert rating.letter == "C"
    assert rating.notes == (ONE_PEER, "measured in different environments: h0; H100")


def test_a_model_without_a_figure_is_unrated() -> None:
    rating = rate(replace(GPT2, value=None), [peer("small", 1.0)], ScerScale())
    assert (rating.letter, rating.reason) == (None, "no figure was measured")


def test_a_frozen_scale_needs_no_peers() -> None:
    scale = parse_scale(
        f'name="x"\nversion="1"\ndate=2026-01-01\nunit="{UNIT}"\nedge="worse"\nworst="B"\n'
        "[cutoffs]\nA=3.0"
    )
    rating = rate(GPT2, [], scale)
    assert (rating.letter, rating.n, rating.date) == ("A", 1, "2026-03-01")


def test_many_reports_of_one_model_weigh_once() -> None:
    old = peer("a", 1.0, date="2025-01-01")
    new = peer("A ", 2.0, date="2026-01-01")
    elsewhere = peer("a", 3.0, environment="h1", date="2025-06")
    undated = peer("a", 4.0, date="undated")
    assert newest([new, old, elsewhere, undated]) == (new,)
    on_gpu = peer("a", 3.0, boundary="gpu")
    assert set(newest([on_gpu, new])) == {on_gpu, new}


def test_n_counts_distinct_models() -> None:
    """One model in many environments, or clones of one name, are one peer: the newest."""
    clones = [
        peer("clone", 9.0 + n, environment=f"h{n}", date=f"2025-01-{n + 1:02}") for n in range(9)
    ]
    rating = rate(GPT2, [*clones, peer("CLONE", 1.0, date="undated")], ScerScale())
    assert (rating.letter, rating.n) == ("A", 2)
    assert "each model counts once, its newest entry: 9 left out" in rating.notes
    assert "measured in different environments: h0; h8" in rating.notes


def test_old_and_undated_peers_are_named() -> None:
    others = [
        peer("old", 1.0, date="2023"),
        peer("older", 3.0, date="2022-06-30"),
        peer("recent", 4.0, date="2024-03-01"),
        peer("some time", 5.0, date="undated"),
    ]
    notes = rate(GPT2, others, ScerScale()).notes
    assert "measured more than 2 years earlier: older (2022-06-30), old (2023)" in notes
    assert "undated: some time" in notes


def basis(provenance: str = "modelled", watts: float | None = 2.19, **more: str) -> ComponentBasis:
    return ComponentBasis("cpu", provenance, watts=watts, **more)


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        (basis(watts=0.03), "cpu is modelled at 0.03 W, here modelled at 2.19 W"),
        (basis("measured", None), "cpu is measured, here modelled at 2.19 W"),
        (basis("constant"), "cpu is constant at 2.19 W, here modelled at 2.19 W"),
        (None, "the peer does not state how each component was measured: collect it again"),
    ],
)
def test_estimates_of_other_watts_are_refused(theirs: ComponentBasis | None, said: str) -> None:
    """The bias of an estimate cancels out only where both have the same one."""
    mine = replace(GPT2, components=(basis(),))
    other = replace(peer("other", 1.0), components=None if theirs is None else (theirs,))
    assert mismatch(mine, other) == said
    assert rate(mine, [other], ScerScale()).letter is None
    assert rate(mine.by_energy, [other.by_energy], ScerScale()).letter is None


def test_bases_are_alike_by_watts_or_else_by_their_source() -> None:
    assert basis().is_like(basis(watts=2.1900001, source="another text"))
    assert basis(watts=None, source="2.19 W").is_like(basis(source="2.19 W"))
    assert not basis(watts=None, source="2.19 W").is_like(basis(source="4 W"))
    assert basis("measured", None, source="RAPL").is_like(basis("measured", None, source="a plug"))
    process, machine = (basis("measured", None, tracking_mode=m) for m in ("process", "machine"))
    assert not process.is_like(machine)


def test_grid_pue_and_embodied_emissions_are_named_beside_the_letter() -> None:
    here = replace(
        GPT2, g_per_kwh=400.0, place="here", pue=1.5, boundary="cpu, with embodied",
        embodied_g_per_h=30.0, energy_wh=5.0, energy_uncertainty_wh=0.0,
    )  # fmt: skip
    clean = replace(
        here, model="clean", value=1.0, g_per_kwh=20.0, place="there", pue=1.0,
        embodied_g_per_h=0.01, energy_wh=9.0,
    )  # fmt: skip
    rating = rate(here, [clean], ScerScale())
    assert rating.letter == "C"
    assert rating.notes[1:] == (
        "different grids: 400 g per kWh (here) here; 20 g per kWh (there): clean",
        "different PUE: 1.5 here; 1: clean",
        "different embodied emissions: 30 g per hour here; 0.01 g per hour: clean",
    )
    by_energy = rate(here.by_energy, [clean.by_energy], ScerScale())
    assert (by_energy.letter, by_energy.notes) == ("A", (ONE_PEER,))


def test_a_peer_without_energy_has_no_letter_by_it() -> None:
    assert GPT2.by_energy.value is None
    assert GPT2.by_energy.unit == "Wh per 1000 tokens"
    in_wh = replace(GPT2, unit="Wh per query")
    assert in_wh.by_energy is in_wh
