"""Reading and writing files of peers."""

import json
import re
from dataclasses import replace
from datetime import date

import pytest

from pytest_scer.scoring.peer_files import parse_ai_energy_score, parse_peers, peers_to_json
from pytest_scer.scoring.peers import ComponentBasis, Peer, rate
from pytest_scer.scoring.protocols import BUILT_IN
from pytest_scer.scoring.scales import StarScale

GPT2 = Peer(
    model="gpt2",
    value=2.0,
    unit="gCO2eq per 1000 tokens",
    category="text-generation",
    phase="inference",
    boundary="cpu+ram",
    origin="this session",
    environment="h0",
    date="2026-03-01",
    uncertainty=0.0,
)


def test_peers_survive_their_file() -> None:
    stated = replace(
        GPT2,
        protocol="chat 1 (0123abcd)",
        components=(ComponentBasis("cpu", "modelled", "process", 2.19, "CPU time"),),
        g_per_kwh=56.0,
        place="France",
        pue=1.2,
        embodied_g_per_h=3.0,
        energy_wh=0.1,
        energy_uncertainty_wh=0.01,
    )
    peers = (
        GPT2,
        replace(GPT2, model="none", value=None),
        replace(GPT2, category=None, phase=None),
        stated,
    )
    assert parse_peers(peers_to_json(peers), category="", origin="", date="") == peers


def test_an_older_file_states_less_and_is_read() -> None:
    old = {
        name: getattr(GPT2, name)
        for name in (
            "model",
            "value",
            "unit",
            "category",
            "phase",
            "boundary",
            "origin",
            "environment",
            "date",
            "uncertainty",
        )
    }
    text = json.dumps({"peers_version": 1, "peers": [old]})
    (read,) = parse_peers(text, category="", origin="", date="")
    assert read == GPT2
    assert (read.components, read.g_per_kwh, read.protocol) == (None, None, None)


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ("2027-01-01", "in the future"),
        ("2026-13", "not a date"),
        ("2026-02-30", "not a date"),
        ("last year", "not a date"),
    ],
)
def test_dates_that_cannot_be_are_refused(stated: str, said: str) -> None:
    text = peers_to_json([GPT2, replace(GPT2, date=stated)])
    with pytest.raises(ValueError, match=rf"peers\[1\]\.date \(gpt2\): .*{said}"):
        parse_peers(text, category="", origin="", date="", today=date(2026, 3, 1))
    with pytest.raises(ValueError, match=said):
        parse_peers(DATA_FILE, category="", origin="", date=stated, today=date(2026, 3, 1))


@pytest.mark.parametrize(
    "components",
    [
        3,
        [3],
        [{}],
        [{"component": "cpu"}],
        [{"component": "cpu", "provenance": "measured", "watts": "2"}],
        [{"component": "cpu", "provenance": "measured", "watt": 2}],
        [{"component": 1, "provenance": "measured"}],
    ],
    ids=str,
)
def test_components_of_the_wrong_form_are_refused(components: object) -> None:
    data = json.loads(peers_to_json([GPT2]))
    data["peers"][0]["components"] = components
    with pytest.raises(ValueError, match=r"^peers\[0\]\."):
        parse_peers(json.dumps(data), category="", origin="", date="")


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
    protocol = BUILT_IN["ai-energy-score-image-generation"].identity
    gpu = replace(mine, boundary="gpu", value=0.2)
    assert "protocol is" in rate(gpu, peers, StarScale()).notes[0]
    measured = (ComponentBasis("gpu", "measured", "machine", source="energy counter"),)
    on_gpu = rate(replace(gpu, protocol=protocol, components=measured), peers, StarScale())
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
