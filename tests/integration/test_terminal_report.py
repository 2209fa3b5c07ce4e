"""The SCER report in the terminal."""

from __future__ import annotations

import re
import sys

import pytest
from pseudo_terminal import run_in_a_terminal
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
    """The tests of the ranking, in its order."""
    start = next(number for number, line in enumerate(lines) if line.startswith("where it went"))
    ranking = "\n".join(lines[start + 1 :]).partition("\n\n")[0]
    return re.findall(r"^  test_(\w+)", ranking, re.MULTILINE)


def test_it_is_read_from_the_verdict_down(suite: Suite) -> None:
    suite.write(SUITE)
    lines = suite.run("--scer-report").scer
    text = "\n".join(lines)
    assert lines[:2] == [
        "1 of 4 budgets EXCEEDED; 1 not checked",
        "129 J, 12.9 mg CO2e (simulated grid) in 4.2 s: tests 22%, fixtures 78%",
    ]
    assert re.search(r"^budgets +cost +limit +used$", text, re.MULTILINE)
    assert re.search(r"does +50\.0 mg +0\.5 mgCO2e +100x +EXCEEDED$", text, re.MULTILINE)
    assert re.search(r"^  test_hosted +- +5 J +- +UNMEASURED$", text, re.MULTILINE)
    assert re.search(r"test_training +24\.0 J +30 J +80%  ok$", text, re.MULTILINE)
    assert re.search(r"^  fixture model \(module\) +100\.0 J +78% ", text, re.MULTILINE)
    assert re.search(r"^  test_training +24\.0 J +19% ", text, re.MULTILINE)
    assert re.search(r"50\.0 gCO2eq per 1,000,000 tokens", text)  # the score per functional unit
    assert re.search(r"not measured: test_hosted: hosted API", text)
    assert text.endswith("operational emissions only; not an SCI score")


def test_verbose_says_all(suite: Suite) -> None:
    suite.write(SUITE)
    text = "\n".join(suite.run("--scer-report", "-v").scer)
    assert "  grid: 360 gCO2e per kWh, simulated grid\n" in text
    assert re.search(r"^  cpu: +simulated, machine: simulated$", text, re.MULTILINE)
    assert re.search(r"^  gpu: +absent$", text, re.MULTILINE)
    assert re.search(r"^  tests 29.0 J \+ fixtures 100.0 J \+ overhead 0.0 J$", text, re.MULTILINE)
    assert re.search(r"^  training: 24\.0 J, 2\.40 mgCO2e", text, re.MULTILINE)
    assert re.search(r"^  inference: 5\.00 J, 500 ugCO2e", text, re.MULTILINE)
    assert "test_it.py::test_a_name_that_is_rather_long_and_says_what_it_does" in text
    assert "  model (module): 100 J in 0 s, first used by test_it.py::test_training" in text


@pytest.mark.parametrize("columns", [60, 80, 100, 200])
def test_it_fits_the_terminal(suite: Suite, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    suite.write(SUITE)
    ran = suite.run("--scer-report", "--scer-test-budget=500 mgCO2eq", "--scer-output=report.json")
    assert max(map(len, ran.scer)) < columns
    assert len(names(ran.scer)) == 4


def test_a_real_terminal_shows_it_in_color_and_in_its_width(suite: Suite) -> None:
    suite.write(SUITE)
    command = [sys.executable, "-m", "pytest", "--scer-report"]
    text = run_in_a_terminal(command, 100, cwd=suite.path, TERM="xterm")
    report = text.partition("SCER report")[2].partition("short test summary")[0]
    assert re.search("\x1b\\[31m\x1b\\[1m1 of 4 budgets EXCEEDED", report)
    lines = re.sub(r"\x1b\[[\d;]*m", "", report).splitlines()[1:-1]
    assert max(map(len, lines)) < 100
    assert "█" in report


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
    assert any(re.search(r"where it went +energy +share", line) for line in lines)
    assert any(re.match(r"  test_it +- +10.5 mgCO2e +- +UNMEASURED", line) for line in lines)


def test_a_name_longer_than_the_line_is_shortened_in_the_middle(suite: Suite) -> None:
    suite.write(f"def test_{'very_' * 30}long(): spend(cpu=1)")
    ran = suite.run("--scer-report")
    assert max(map(len, ran.scer)) < 80
    assert any(re.match(r"  test_very_\w+…\w+_long +1\.00 J", line) for line in ran.scer)


def test_without_color_there_are_no_escapes(suite: Suite) -> None:
    suite.write(SUITE)
    plain = suite.run("--scer-report", "--color=no", "--scer-test-budget=1 uJ")
    assert "\x1b" not in plain.text
    colored = suite.run("--scer-report", "--color=yes", "--scer-test-budget=1 uJ")
    red = [line for line in colored.result.outlines if line.startswith("\x1b[31m")]
    assert any("EXCEEDED" in line for line in red)


def test_quiet_are_the_verdict_and_the_total(suite: Suite) -> None:
    suite.write(SUITE)
    ran = suite.run("--scer-report", "--scer-test-budget=1 uJ", "-q")
    lines = ran.result.outlines
    start = next(number for number, line in enumerate(lines) if "= SCER report =" in line)
    assert lines[start + 1 : start + 3] == [
        "2 of 5 budgets EXCEEDED; 1 not checked",
        "129 J, 12.9 mg CO2e (simulated grid) in 4.2 s: tests 22%, fixtures 78%",
    ]
    assert lines[start + 3].startswith("=" * 5)


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
    assert any(re.match(r"  3 more tests +3\.00 J +30%", line) for line in ran.scer)


def test_units_scale(suite: Suite) -> None:
    suite.write(
        """
        def test_tiny(): spend(cpu=2e-6); wait(2e-6)
        def test_huge(): spend(cpu=7.2e10); wait(90)
        """
    )
    text = "\n".join(suite.run("--scer-report").scer)
    assert re.search(r"test_huge +20000 kWh +100% .* 7\.20 t", text)
    assert re.search(r"test_tiny +<1 kWh +<1% .* <0\.01 t", text)


def test_the_world_average_is_said_in_the_first_lines(suite: Suite) -> None:
    suite.conftest(grid=False)
    suite.write("def test_it(): spend(cpu=1)")
    ran = suite.run("--scer-report")
    assert "world average" in "\n".join(ran.scer[:2])


def test_a_site_is_said(suite: Suite) -> None:
    suite.write("def test_it(): spend(cpu=3.6e6)")
    text = "\n".join(suite.run("--scer-report", "-v", "--scer-pue=1.5", "--scer-wue=1.8").scer)
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
    assert ran.scer[0] == "1 test measured; 2 tests not run"


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
