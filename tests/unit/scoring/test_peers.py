"""Which models are compared, and reading peers from files."""

import json
import re
from dataclasses import replace

import pytest

from pytest_scer.scoring.peers import (
    Peer,
    mismatch,
    newest,
    parse_ai_energy_score,
    parse_peers,
    peers_to_json,
    rate,
)
from pytest_scer.scoring.rating import ONE_PEER
from pytest_scer.scoring.scales import StarScale, parse_scale
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
    new = peer("a", 2.0, date="2026-01-01")
    elsewhere = peer("a", 3.0, environment="h1")
    assert set(newest([new, old, elsewhere])) == {new, elsewhere}


# Files


def test_peers_survive_their_file() -> None:
    peers = (GPT2, peer("none", None), replace(GPT2, category=None, phase=None))
    assert parse_peers(peers_to_json(peers), category="", origin="", date="") == peers


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("{}", "peers_version"),
        ('{"peers_version": 2, "peers": []}', "peers_version"),
        ('{"peers_version": 1, "peers": {}}', "a list `peers`"),
        ('{"peers_version": 1, "peers": [3]}', "peers[0]: expected an object"),
        ('{"peers_version": 1, "peers": [{"modell": "x"}]}', "peers[0]: expected an object"),
        ('{"peers_version": 1, "peers": [{"model": "x"}]}', "peers[0]: "),
        ('{"peers_version": 1, "peers": [{"model": 3}]}', "peers[0].model: expected a string"),
        ('{"peers_version": 1, "peers": [{"value": "3"}]}', "peers[0].value: expected a number"),
        ('{"peers_version": 1, "peers": [{"value": true}]}', "peers[0].value: expected a number"),
        ('{"peers_version": 1, "peers": [{"unit": null}]}', "peers[0].unit: expected a string"),
    ],
)
def test_a_broken_peers_file_says_where(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_peers(text, category="", origin="", date="")


def test_a_negative_figure_in_a_peers_file_is_refused() -> None:
    data = json.loads(peers_to_json([GPT2]))
    data["peers"][0]["value"] = -1
    with pytest.raises(ValueError, match=r"peers\[0\]: a score .* 0 or more"):
        parse_peers(json.dumps(data), category="", origin="", date="")


# AI Energy Score

DATA_FILE = """model,total_gpu_energy,energy_score
stabilityai/sd-turbo,0.189864946,5
stabilityai/stable-cascade,1.214355539,2
stabilityai/stable-diffusion-xl-base-1.0,1.63985,1
not/measured,,
"""
EXPORTED_TABLE = """Model,GPU Energy (Wh) per 1k tasks,Model Class (Only for Text Generation)
small,"49.12",A
large,"1,639.85",C
"""


def test_the_data_file_is_watt_hours_per_query() -> None:
    peers = parse_peers(DATA_FILE, category="image-generation", origin="AES", date="2025-02")
    assert [p.value for p in peers] == [0.189864946, 1.214355539, 1.63985, None]
    assert {(p.unit, p.boundary, p.phase) for p in peers} == {("Wh per query", "gpu", "inference")}
    assert {(p.origin, p.date, p.category) for p in peers} == {
        ("AES", "2025-02", "image-generation")
    }
    assert {p.environment for p in peers} == {"NVIDIA H100 80GB, batch size 1"}


def test_the_exported_table_is_a_thousand_times_that() -> None:
    # The leaderboard displays one model as 1639.85 Wh per 1000 queries; its data has 1.63985.
    _, _, xl, _ = parse_ai_energy_score(DATA_FILE, category="image-generation", date="2025-02")
    small, large = parse_ai_energy_score(EXPORTED_TABLE, category="text", date="2025-02")
    assert large.value == pytest.approx(xl.value)
    assert (small.category, large.category) == ("text, class A", "text, class C")


def test_its_figures_are_not_comparable_with_a_whole_machine() -> None:
    peers = parse_ai_energy_score(DATA_FILE, category="image-generation", date="2025-02")
    mine = replace(
        GPT2, model="mine", unit="Wh per query", category="image-generation", boundary="cpu+gpu+ram"
    )
    rating = rate(mine, peers, StarScale())
    assert rating.letter is None
    assert "left out: 4 (boundary is gpu, here cpu+gpu+ram)" in rating.notes[0]
    on_gpu = rate(replace(mine, boundary="gpu", value=0.2), peers, StarScale())
    assert (on_gpu.letter, on_gpu.n) == ("5 stars", 4)
    assert "left out because they have no figure: 1" in on_gpu.notes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected the columns `model` and `total_gpu_energy`"),
        ("model,energy\na,1\n", "not model, energy"),
        ("model,GPU Energy (Wh)\na,1\n", "not model, gpu energy (wh)"),
        ("model,total_gpu_energy\na,lots\n", "line 2: 'lots' is not a number"),
        ("model,total_gpu_energy\na,-1\n", "0 or more"),
        ("model,total_gpu_energy\na,nan\n", "0 or more"),
    ],
)
def test_another_csv_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_ai_energy_score(text, category="x", date="2025-02")
