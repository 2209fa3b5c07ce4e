"""Protocols: what they say, and which are equal."""

from dataclasses import fields, replace

import pytest

from pytest_scer.scoring.protocols import (
    BUILT_IN,
    Protocol,
    ai_energy_score,
    named_protocol,
    parse_protocols,
)

CHAT = Protocol("chat", "1", "answer a question", "our prompts", queries=100, batch=4, runs=5)
TOML = """
[chat]
version = 1
workload = "answer a question"
data = "our prompts"
queries = 100
batch = 4
runs = 5
"""


def no_file(name: str) -> str:
    raise AssertionError(name)


def test_text_generation_of_ai_energy_score() -> None:
    protocol = BUILT_IN["ai-energy-score-text-generation"]
    assert (protocol.queries, protocol.runs, protocol.batch) == (1000, 10, 1)
    assert (protocol.boundary, protocol.precision) == ("gpu", "fp16")
    assert ai_energy_score("text-generation") is protocol
    assert ai_energy_score("text-generation, class A") is None
    assert all(each.source for each in BUILT_IN.values())
    assert len({each.identity for each in BUILT_IN.values()}) == len(BUILT_IN) == 10


def test_equal_descriptions_have_one_identity_and_each_field_changes_it() -> None:
    assert CHAT.identity.startswith("chat 1 (")
    assert replace(CHAT).identity == CHAT.identity
    changed = {
        replace(CHAT, **{field.name: "x"}).identity  # type: ignore[arg-type]
        for field in fields(Protocol)
    }
    assert CHAT.identity not in changed
    assert len(changed) == len(fields(Protocol))


def test_departures_that_the_figures_show() -> None:
    protocol = BUILT_IN["ai-energy-score-text-generation"]
    assert not list(protocol.departures(boundary="gpu", runs=10, queries=1000.0))
    assert not list(protocol.departures(boundary="gpu", runs=10, queries=None))
    assert list(protocol.departures(boundary="cpu+gpu", runs=9, queries=999.0)) == [
        "it measures gpu, here cpu+gpu",
        "it asks for 10 runs, here 9",
        "it asks for 1000 queries a run, here 999 in all",
    ]
    free = Protocol("free", "1", "x", "y")
    assert not list(free.departures(boundary="", runs=0, queries=0.0))


def test_an_unknown_protocol_names_the_known_ones() -> None:
    assert named_protocol("chat", {"chat": CHAT}) is CHAT
    with pytest.raises(ValueError, match=r"'chatt' is unknown: expected one of chat, ai-energy-"):
        named_protocol("chatt", {"chat": CHAT})


def test_a_file_declares_protocols() -> None:
    assert parse_protocols(TOML, no_file) == {"chat": CHAT}
    json = (
        '{"chat": {"version": "1", "workload": "answer a question", "data": "our prompts", '
        '"queries": 100, "batch": 4, "runs": 5}}'
    )
    assert parse_protocols(json, no_file) == {"chat": CHAT}


def test_the_data_are_known_by_their_digest() -> None:
    digest = "0" * 63 + "1"
    declared = parse_protocols(f"{TOML}data_file = 'prompts.jsonl'", lambda name: digest)
    assert declared["chat"].data_sha256 == digest
    assert declared["chat"].identity != CHAT.identity
    both = f"{TOML}data_file = 'prompts.jsonl'\ndata_sha256 = '{digest}'"
    assert parse_protocols(both, lambda name: digest) == declared
    with pytest.raises(ValueError, match=r"chat\.data_sha256: prompts\.jsonl has another SHA-256"):
        parse_protocols(both, lambda name: "2" * 64)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file declares none"),
        ("[chat", "neither TOML nor a JSON object"),
        ("{", "neither TOML nor a JSON object"),
        ("chat = 3", "chat: expected a table"),
        ("['a b']\nversion = 1", "is not a name"),
        ("[ai-energy-score-summarization]\nversion = 1", "is built in; choose another name"),
        ("[chat]\nversion = 1", "chat: workload, data missing; known are version, workload"),
        (f"{TOML}batches = 1", "chat: batches unknown; expected version, workload"),
        (TOML.replace("= 5", "= 0"), "chat.runs: 0 is not a whole number of at least 1"),
        (TOML.replace("= 5", "= true"), "chat.runs: True is not a whole number"),
        (TOML.replace("= 5", "= 2.5"), "chat.runs: 2.5 is not a whole number"),
        (TOML.replace('"our prompts"', "3"), "chat.data: expected a text, not 3"),
        (TOML.replace('"our prompts"', "' '"), "chat.data: expected a text"),
        (f"{TOML}data_sha256 = 'abc'", "chat.data_sha256: expected 64 hexadecimal digits"),
        (f"{TOML}boundary = 'gpu+cpu'", "chat.boundary: 'gpu+cpu'; expected components"),
        (f"{TOML}boundary = 'disk'", "chat.boundary: 'disk'; expected components"),
    ],
)
def test_a_bad_file_says_where_and_what_is_expected(text: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_protocols(text, no_file)
    assert said in str(caught.value)
