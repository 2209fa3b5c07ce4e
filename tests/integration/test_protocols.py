"""Protocols: the marker, their file, and who is rated with whom."""

from __future__ import annotations

import pytest
from suite import Suite

DECLARED = """
[chat]
version = "2"
workload = "answer a question"
data = "prompts of our support team"
data_file = "prompts.txt"
runs = 1
boundary = "cpu+ram"

[chat-large]
version = "2"
workload = "answer a question"
data = "prompts of our support team"
batch = 8
"""
MODELS = """
@pytest.mark.parametrize(
    ("joules", "protocol"),
    [
        pytest.param(1, "chat", marks=pytest.mark.scer(model="a", protocol="chat")),
        pytest.param(2, "chat", marks=pytest.mark.scer(model="b", protocol="chat")),
        pytest.param(4, "chat-large", marks=pytest.mark.scer(model="c", protocol="chat-large")),
        pytest.param(8, None, marks=pytest.mark.scer(model="d")),
    ],
)
@pytest.mark.scer(phase="inference", category="chat")
def test_answer(carbon, joules, protocol):
    spend(cpu=joules)
    wait(1)
    carbon.count(answers=1)
"""
XDIST = ("-p", "xdist", "-p", "xdist.looponfail", "-n2")


@pytest.fixture
def declared(suite: Suite) -> Suite:
    (suite.path / "protocols.toml").write_text(DECLARED)
    (suite.path / "prompts.txt").write_text("Hello?")
    return suite


@pytest.mark.parametrize("more", [(), XDIST], ids=["alone", "n2"])
def test_only_equal_protocols_are_rated_together(declared: Suite, more: tuple[str, ...]) -> None:
    if more:
        pytest.importorskip("xdist")
    declared.write(MODELS)
    ran = declared.run_apart("--scer-output=report.json", "--scer-protocols=protocols.toml", *more)
    rows = {row["model"]: row for row in ran.json["ratings"]}
    assert {name: row["rating"]["n"] for name, row in rows.items()} == {
        "a": 2,
        "b": 2,
        "c": 1,
        "d": 1,
    }
    assert rows["a"]["protocol"] == rows["b"]["protocol"] != rows["c"]["protocol"]
    assert rows["a"]["protocol"].startswith("chat 2 (")
    described = {each["name"]: each for each in ran.json["protocols"]}
    assert described["chat"]["identity"] == rows["a"]["protocol"]
    assert len(described["chat"]["data_sha256"]) == 64
    assert described["chat-large"]["batch"] == 8


def test_the_file_of_the_configuration_lies_beside_it(
    declared: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared.ini("scer_protocols = protocols.toml")
    declared.write(MODELS)
    (declared.path / "below").mkdir()
    monkeypatch.chdir(declared.path / "below")
    ran = declared.run("-p", "no:cacheprovider", "--scer-report", str(declared.path))
    assert ran.exit_status == 0


@pytest.mark.parametrize("more", [(), XDIST, ("--scer-report",)], ids=["alone", "n2", "report"])
def test_an_unknown_protocol_names_the_known_ones(declared: Suite, more: tuple[str, ...]) -> None:
    if more == XDIST:
        pytest.importorskip("xdist")
    declared.write(MODELS.replace('protocol="chat")', 'protocol="chatt")'))
    ran = declared.run_apart("--scer-protocols=protocols.toml", *more)
    assert ran.exit_status == pytest.ExitCode.USAGE_ERROR
    assert (
        "protocol: 'chatt' is unknown: expected one of chat, chat-large, ai-energy-score-"
        in ran.text
    )


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--scer-protocols=nowhere.toml", "nowhere.toml: No such file or directory"),
        ("--scer-protocols=bad.toml", "bad.toml: chat: workload, data missing"),
        ("--scer-protocols=lost.toml", "lost.jsonl: No such file or directory"),
    ],
)
def test_a_bad_file_is_a_usage_error(suite: Suite, option: str, said: str) -> None:
    (suite.path / "bad.toml").write_text("[chat]\nversion = 1")
    (suite.path / "lost.toml").write_text(DECLARED.replace("prompts.txt", "lost.jsonl"))
    suite.write(MODELS)
    ran = suite.run(option)
    assert ran.exit_status == pytest.ExitCode.USAGE_ERROR
    assert said in ran.text


AI_ENERGY_SCORE = """
@pytest.mark.scer(
    phase="inference", category="text-generation", model="mine",
    protocol="ai-energy-score-text-generation", repeats={runs}, warmup=0, min_time=0,
)
def test_answer(carbon):
    def answer():
        spend(cpu=1)
        carbon.count(queries=1000)

    carbon(answer)
"""


def test_a_score_that_departs_from_its_protocol_is_not_rated(suite: Suite) -> None:
    ran = suite.measure(AI_ENERGY_SCORE.format(runs=3))
    (row,) = ran.json["ratings"]
    assert row["rating"]["letter"] is None
    assert row["rating"]["reason"] == (
        "not by protocol ai-energy-score-text-generation: it measures gpu, here cpu+ram; "
        "not by protocol ai-energy-score-text-generation: it asks for 10 runs, here 3"
    )
    (described,) = ran.json["protocols"]
    assert (described["queries"], described["runs"], described["batch"]) == (1000, 10, 1)
