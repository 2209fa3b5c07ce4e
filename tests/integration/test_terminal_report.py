"""The SCER report in the terminal."""

from __future__ import annotations

import re

import pytest
from suite import Suite

SUITE = """
@pytest.fixture(scope="module")
def model(): spend(cpu=100)

@pytest.mark.scer("30 J", phase="training", model="gpt2", category="text-generation")
def test_training(model):
    spend(cpu=20, ram=4)
    wait(3)

@pytest.mark.scer("0.4 mg per token", "0.5 mgCO2e per 1000 tokens", phase="inference", model="gpt2",
                  category="text-generation")
def test_a_name_that_is_rather_long_and_says_what_it_does(carbon):
    carbon.count(tokens=10)
    spend(cpu=5)
    wait(0.2)

@pytest.mark.scer("5 J")
def test_hosted(carbon):
    carbon.unmeasured("hosted API: the provider publishes no energy figures")

def test_cheap():
    spend(cpu=0.001)
    wait(1)
"""


def names(lines: list[str]) -> list[str]:
    """The tests of the table, in its order."""
    return [found[1] for line in lines if (found := re.match(r"\S*::test_(\w+)", line))]


def test_it_says_all_that_the_issue_asks_for(suite: Suite) -> None:
    suite.write(SUITE)
    ran = suite.run("--scer-report")
    lines = ran.scer
    text = "\n".join(lines)
    assert lines[0] == "grid: 360 gCO2e per kWh, simulated grid"
    assert re.search(r"^cpu: +simulated, machine: simulated$", text, re.MULTILINE)
    assert re.search(r"^gpu: +absent$", text, re.MULTILINE)
    assert re.search(r"time +CPU +RAM +total +CO2e +± +budget +verdict", text)
    assert re.search(r"3\.00 s +20\.0 J +4\.00 J +24\.0 J +2\.40 mg .*30 J +ok", text)
    assert re.search(r"total: 129 J, 12\.9 mgCO2e in 4\.20 s", text)
    assert re.search(r"= tests 29\.0 J \+ fixtures 100 J \+ overhead 0 J", text)
    assert re.search(r"fixture model \(module\): 100 J", text)
    assert re.search(r"^training: 24\.0 J, 2\.40 mgCO2e", text, re.MULTILINE)
    assert re.search(r"^inference: 5\.00 J, 500 ugCO2e", text, re.MULTILINE)
    assert re.search(r"0\.0500 gCO2eq per 1000 tokens", text)  # the score per functional unit
    assert re.search(r"not measured: test_it.py::test_hosted: hosted API", text)


@pytest.mark.parametrize("columns", [80, 100, 200])
def test_it_fits_the_terminal(suite: Suite, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    suite.write(SUITE)
    ran = suite.run("--scer-report", "--scer-test-budget=500 mgCO2eq")
    assert max(map(len, ran.scer)) < columns
    assert len(names(ran.scer)) == 4


def test_a_machine_with_gpus_fits_too(suite: Suite) -> None:
    simulation = suite.path / "simulation.py"
    simulation.write_text(simulation.read_text().replace('"ram": 0.0', '"gpu": 0.0, "ram": 0.0'))
    suite.write(
        """
        @pytest.mark.scer("10.5 mgCO2e per 1000 tokens")
        def test_it(carbon):
            meter.noise_j = 12.3
            spend(cpu=0.123, gpu=0.123, ram=0.0123)
            wait(0.0123)
        """
    )
    lines = suite.run("--scer-report").scer
    assert max(map(len, lines)) < 80
    assert any(re.search(r"time +CPU +GPU +RAM +total +CO2e", line) for line in lines)
    assert any("unmeasured" in line and "123 mJ" in line for line in lines)


def test_a_node_id_longer_than_the_line_is_shortened_in_front(suite: Suite) -> None:
    suite.write(f"def test_{'very_' * 30}long(): spend(cpu=1)")
    ran = suite.run("--scer-report")
    assert max(map(len, ran.scer)) < 80
    assert any(line.startswith("...") and line.endswith("_long") for line in ran.scer)


def test_without_color_there_are_no_escapes(suite: Suite) -> None:
    suite.write(SUITE)
    plain = suite.run("--scer-report", "--color=no", "--scer-test-budget=1 uJ")
    assert "\x1b" not in plain.text
    colored = suite.run("--scer-report", "--color=yes", "--scer-test-budget=1 uJ")
    red = [line for line in colored.result.outlines if line.startswith("\x1b[31m")]
    assert any("exceeded" in line for line in red)


def test_quiet_shortens_it(suite: Suite) -> None:
    suite.write(SUITE)
    full = suite.run("--scer-report", "--scer-test-budget=1 uJ")
    ran = suite.run("--scer-report", "--scer-test-budget=1 uJ", "-q")
    quiet = [line for line in ran.result.outlines if "Carbon" not in line]
    assert any(line.startswith("total: 129 J") for line in quiet)
    assert any(line.startswith("exceeded: test_it.py::test_cheap") for line in quiet)
    assert not any("grid: 360" in line and "(" not in line for line in quiet)
    assert len(ran.result.outlines) < len(full.result.outlines)


@pytest.mark.parametrize(
    ("key", "order"),
    [
        ("energy", ["b", "c", "a"]),
        ("co2e", ["b", "c", "a"]),
        ("duration", ["c", "a", "b"]),
        ("name", ["a", "b", "c"]),
        ("order", ["c", "b", "a"]),
    ],
)
def test_sort(suite: Suite, key: str, order: list[str]) -> None:
    suite.write(
        """
        def test_c(): spend(cpu=2); wait(3)
        def test_b(): spend(cpu=3); wait(1)
        def test_a(): spend(cpu=1); wait(2)
        """
    )
    assert names(suite.run("--scer-report", f"--scer-sort={key}").scer) == order


def test_a_test_without_a_figure_is_sorted_last(suite: Suite) -> None:
    suite.write(
        """
        def test_a(carbon): carbon.unmeasured("remote")
        def test_b(): spend(cpu=0)
        """
    )
    assert names(suite.run("--scer-report").scer) == ["b", "a"]


def test_top(suite: Suite) -> None:
    suite.write("\n".join(f"def test_{n}(): spend(cpu={n})" for n in range(5)))
    ran = suite.run("--scer-report", "--scer-top=2")
    assert names(ran.scer) == ["4", "3"]
    assert any("and 3 more tests" in line and "--scer-top" in line for line in ran.scer)


def test_units_scale(suite: Suite) -> None:
    suite.write(
        """
        def test_tiny(): spend(cpu=2e-6); wait(2e-6)
        def test_huge(): spend(cpu=7.2e10); wait(90)
        """
    )
    text = "\n".join(suite.run("--scer-report").scer)
    assert re.search(r"2\.00 us +2\.00 uJ", text)
    assert re.search(r"90\.0 s +20000 kWh .* 7\.20 t", text)


def test_the_world_average_is_said_in_the_first_lines(suite: Suite) -> None:
    suite.conftest(grid=False)
    suite.write("def test_it(): spend(cpu=1)")
    ran = suite.run("--scer-report")
    assert "world average" in "\n".join(ran.scer[:2])


def test_a_site_is_said(suite: Suite) -> None:
    suite.write("def test_it(): spend(cpu=3.6e6)")
    text = "\n".join(suite.run("--scer-report", "--scer-pue=1.5", "--scer-wue=1.8").scer)
    assert "PUE 1.5" in text
    assert "WUE 1.8 L per kWh" in text
    assert "540 g" in text  # 360 g x 1.5


def test_no_tests_no_table(suite: Suite) -> None:
    ran = suite.run("--scer-report")
    assert ran.exit_status == 5
    assert any("no test" in line for line in ran.scer)


def test_a_session_that_ends_early_says_what_was_not_run(suite: Suite) -> None:
    suite.write("def test_a(): assert 0\ndef test_b(): pass\ndef test_c(): pass")
    ran = suite.run("--scer-report", "-x")
    assert any("not run: 2" in line for line in ran.scer)


def test_attempts_of_one_test_are_told_apart(suite: Suite) -> None:
    pytest.importorskip("pytest_rerunfailures")
    suite.write("def test_a(): spend(cpu=1); assert 0")
    ran = suite.run("--scer-report", "-p", "rerunfailures", "--reruns=1")
    assert any("test_a #2" in line for line in ran.scer)


@pytest.mark.parametrize("columns", ["1", "0", "-5", "7", "much"])
@pytest.mark.parametrize("verbosity", ["-q", "-v"])
def test_any_width(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, columns: str, verbosity: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    suite.write(
        """
        @pytest.mark.scer("1 J", category="text", model="m", phase="inference")
        def test_it(carbon):
            carbon.count(tokens=3)
            spend(cpu=5)
        """
    )
    suite.run("--scer-save-baseline=base.json", "--scer-save-failed")
    ran = suite.run("--scer-report", verbosity, "--scer-baseline=base.json")
    assert ran.exit_status == 1
    assert "Traceback" not in ran.text
