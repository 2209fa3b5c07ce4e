"""Every reader, with damaged, hostile and outdated files: one clean message that names the file.

An ordinary run tries a few hundred files. For more, set ``SCER_FUZZ`` to the number of parts of
each reader; a part is a test of its own with its own cases, so a run can be interrupted and resumed
(``--lf``, ``-k``) or spread over workers::

    SCER_FUZZ=35 pytest tests/integration/test_mutated_files.py     # 10,000 cases
"""

from __future__ import annotations

import io
import math
import os
import shutil
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import NamedTuple

import pytest
import reports
from hypothesis import HealthCheck, Phase, given, seed, settings
from mutations import mutations

from pytest_scer.baseline import store
from pytest_scer.baseline.levels import Level, write_levels
from pytest_scer.baseline.past import past_of
from pytest_scer.cli import main
from pytest_scer.config.options import OPTIONS
from pytest_scer.config.values import PARSERS
from pytest_scer.core.forecast import Interval
from pytest_scer.core.judgement import Verdict
from pytest_scer.core.sections import Use
from pytest_scer.core.training import Lap, Prediction, Reached, Stop, Training
from pytest_scer.formats.writing import write
from pytest_scer.meters.base import HostTotals
from pytest_scer.meters.codecarbon.configuration import FILE_NAME, LEAST, configuration
from pytest_scer.report.baseline_entry import BaselineEntry
from pytest_scer.report.entries_to_json import MeasurementForm, dump_fixture, dump_test
from pytest_scer.report.journal import Journal
from pytest_scer.report.model import (
    BudgetEntry,
    Finding,
    FixtureEntry,
    Idle,
    Report,
    SectionEntry,
)
from pytest_scer.report.protocols import read_protocols
from pytest_scer.report.ratings import session_peers
from pytest_scer.report.to_json import dump_head
from pytest_scer.scoring.protocols import Protocol
from pytest_scer.scoring.sci import parse_embodied

PARTS = int(os.environ.get("SCER_FUZZ", "1"))
CASES = 8
"""In each part of each reader."""

CHAT = Protocol("chat", "1", "answer a question", "prompts", queries=2, boundary="cpu+ram")
SCALE = """\
name = "Testland"
version = "1"
date = 2026-01-01
unit = "gCO2eq per 1000 tokens"
edge = "better"
worst = "C"
[cutoffs]
A = 0.30
B = 0.60
"""


def _training() -> Training:
    whole = Prediction(Interval(20.0, 15.0, 25.0), Interval(4.0, 3.0, 5.0))
    lap = Lap(1.0, 1.0, 10.0, 2.0, 5.0, {"token": 5.0}, {"loss": 0.4}, whole, warm=False)
    stop = Stop("9 J", 10.0, "J", 1.0, "Training stopped after 1 of 2 epochs")
    return Training(
        "training", "epoch", 2.0, "loss < 0.5", [lap], 10.0, 2.0, 10.0, 2.0, 1, 0,
        Reached(1.0, 0.4, 10.0, 2.0), stop,
    )  # fmt: skip


def _report() -> Report:
    """A report with something in each of its parts."""
    runs = tuple(reports.measured(joules) for joules in (90.0, 100.0, 300.0))
    repeated = reports.measured(100.0, uncertainty_j=5.0, runs=runs, run_count=3)
    budget = BudgetEntry("1 kJ", 1000.0, "J", 100.0, 5.0, 3, Verdict.OK.value, "the marker")
    entry = BaselineEntry(
        "ok", True, None, "base.json", ["cpu"], 0.1, 0.0, [[1.0, 2.0]], [[1.0, None]], 360.0,
        1.0, 1.0, None, False, 0.01, 0.05, 0.2, "medians",
    )  # fmt: skip
    tests = [
        reports.entry("a", repeated, units={"token": 5}, budgets=[budget], baseline=entry),
        reports.entry(
            "b",
            reports.measured(70.0),
            units={"token": 7},
            sections=[reports.section("prefill", reports.measured(3.0), "inference", token=2)],
        ),
        reports.entry(
            "c",
            reports.measured(700.0),
            phase="training",
            units={"step": 2},
            sections=[_eval_section()],
            other_phases={"inference": reports.measured(9.0)},
            beside={"inference": reports.measured(1.0)},
            protocol=CHAT.identity,
            trainings=[_training()],
        ),
        reports.entry(None, None, unmeasured="a hosted API"),
    ]
    made = reports.report(*tests)
    return reports.report(
        *tests,
        peers=session_peers(made, "other.json"),
        protocols=(CHAT,),
        budgets=[budget],
        baseline=entry,
        idle=Idle(2.0, 20.0, 20.0, 20.0),
        embodied=parse_embodied("TE=1200 kg, EL=4 y; 3"),
        fixtures=[FixtureEntry("model", "session", tests[0].nodeid, "master", runs[0])],
        findings=[Finding("outliers", "run 3 is far off", [tests[0].nodeid])],
        warnings=["the disk is slow"],
        not_run=["test_it.py::test_last"],
    )


def _eval_section() -> SectionEntry:
    section = reports.section("eval", reports.measured(5.0), "inference", token=2)
    section.counted = Use(reports.measured(10.0), {"token": 4.0})
    return section


def _journal(directory: Path, report: Report) -> None:
    form = MeasurementForm(report.conversion, None, report.idle)
    journal = Journal.begin(directory / "out.json", report.session.id, dump_head(report))
    journal.write("collected", [test.nodeid for test in report.tests])
    for number, test in enumerate(report.tests):
        journal.write("test", dump_test(test, form), HostTotals(number, 1.0, None, 2.0))
    journal.write("fixture", dump_fixture(report.fixtures[0], form))
    journal.write("warning", "the disk is slow")
    journal.close(keep=True)


class Reader(NamedTuple):
    """A file, and the commands that read it: {} is the mutated file."""

    file: str
    commands: tuple[str, ...]
    may_fail: bool = False
    """Whether a readable file may have exit code 1: a budget, a regression, a wrong manifest."""


READERS = {
    "report": Reader(
        "report.json",
        (
            "show {}",
            "compare {} report.json",
            "compare report.json {}",
            "what-if {} --country FRA --requests-per-day 10",
            "label {}",
            "manifest {}",
            "model-card {} --sentence",
            "model-card {}",
            "rate {} report.json",
            "merge {} other.json -o out.json",
            "rate {} --collect out.json",
        ),
        may_fail=True,
    ),
    "journal": Reader("out.json.journal", ("recover {} -o out.json",)),
    "baseline": Reader("baseline.json", ("compare {} report.json",), may_fail=True),
    "levels": Reader("history/levels.json", ("history history",)),
    "peers": Reader("peers.json", ("rate report.json --peers {}",)),
    "peers in CSV": Reader("peers.csv", ("rate report.json --peers {}",)),
    "scale": Reader("scale.toml", ("rate report.json --scale {}",)),
    "manifest": Reader(
        "manifest.yaml",
        ("manifest --check {}", "manifest --check {} --report report.json", "label {}"),
        may_fail=True,
    ),
    "label": Reader("label.svg", ("label {} --check manifest.yaml",), may_fail=True),
}


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a file of each kind."""
    directory = tmp_path_factory.mktemp("originals")
    report = _report()
    write(report, "json", directory / "report.json")
    write(report, "yaml", directory / "manifest.yaml")
    write(report, "svg", directory / "label.svg")
    other = _report()
    other.session.id = "ba9876543210"
    write(other, "json", directory / "other.json")
    store.save(past_of(report), directory / "baseline.json")
    (directory / "history").mkdir()
    store.save(past_of(report), directory / "history" / "first.json")
    level = Level(report.session.started_at, report.session.started_at)
    write_levels(directory / "history", {report.tests[0].nodeid: level})
    _journal(directory, report)
    assert main(["rate", f"{directory}/report.json", "--collect", f"{directory}/peers.json"]) == 0
    assert '"peers": [' in (directory / "peers.json").read_text(encoding="utf-8")
    (directory / "peers.csv").write_text("model,total_gpu_energy,class\na,0.2,A\nb,1.2,B\n")
    (directory / "scale.toml").write_text(SCALE)
    return directory


@pytest.fixture
def workplace(originals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of these files, as the working directory."""
    place = tmp_path / "place"
    shutil.copytree(originals, place)
    monkeypatch.chdir(place)
    return place


class Ran(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


def _run(command: list[str]) -> Ran:
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="ascii") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(command)
        except SystemExit as exit_:
            code = int(exit_.code or 0)
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())
    return Ran(code, *texts)


def _is_clean(ran: Ran, reader: Reader, name: str) -> bool:
    """Whether a command did its work, or refused the file with one message that names it."""
    if ran.code == 0 or (ran.code == 1 and reader.may_fail):
        return not ran.err
    lines = ran.err.splitlines()
    return (
        ran.code == 4
        and len(lines) == 1
        and lines[0].startswith("pytest-scer: error: ")
        and name in lines[0]
        and len(lines[0]) < 1000
    )


def _try(part: int, original: bytes, check: Callable[[bytes], None]) -> None:
    """Check a number of mutations of a file, always the same ones."""

    @seed(part)
    @settings(
        max_examples=CASES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(mutations(original, part))
    def each(data: bytes) -> None:
        check(data)

    each()


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(
    ("name", "command"),
    [(name, command) for name, reader in READERS.items() for command in reader.commands],
)
def test_a_mutated_file(workplace: Path, name: str, command: str, part: int) -> None:
    reader = READERS[name]
    original = (workplace / reader.file).read_bytes()
    # In a place of its own, since commands also read the original.
    mutant = workplace / (reader.file if name == "levels" else f"mutant{Path(reader.file).suffix}")

    def check(data: bytes) -> None:
        mutant.write_bytes(data)
        ran = _run(command.format(mutant.name).split(" "))
        assert _is_clean(ran, reader, mutant.name), ran

    _try(part, original, check)


@pytest.mark.parametrize("name", READERS)
def test_the_originals_are_read(workplace: Path, name: str) -> None:
    reader = READERS[name]
    for command in reader.commands:
        if name != "levels":
            (workplace / "mutant").write_bytes((workplace / reader.file).read_bytes())
        ran = _run(command.format("mutant" if "merge" not in command else reader.file).split(" "))
        assert (ran.code, ran.err) == (0, ""), (command, ran)


VALUES = {
    "budget": "2 mgCO2e per 1000 tokens",
    "test_budget": "30 J",
    "budgets": "sum(tests/*[a]) = 5 kJ",
    "max_regression": "10% and 0.5 J",
    "embodied": "TE=1200 kg, EL=4 y, RR=1, ToR=8, TiR=2 h; 120",
    "components": "cpu,gpu",
    "fail_on": "budget,regression",
    "repeats": "5",
    "cloud": "gcp/europe-north1",
    "output": "csv:out/report.csv",
}
PARSED = [
    option.name
    for option in OPTIONS
    if not (option.is_flag or option.file or option.name == "save_baseline")
]


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", PARSED)
def test_a_mutated_value_of_the_configuration(name: str, part: int) -> None:
    def check(data: bytes) -> None:
        text = data.decode("utf-8", "surrogateescape")
        with suppress(ValueError):  # what becomes a usage error that names option or key
            PARSERS[name](text)

    _try(part, VALUES.get(name, "1.5").encode(), check)


PROTOCOLS = b"""
[chat]
version = 1
workload = "answer"
data = "prompts"
data_file = "prompts.txt"
queries = 100
runs = 5
boundary = "cpu+ram"
"""


@pytest.mark.parametrize("part", range(PARTS))
def test_a_mutated_file_of_protocols(tmp_path: Path, part: int) -> None:
    (tmp_path / "prompts.txt").write_text("Hello?")
    path = tmp_path / "protocols.toml"

    def check(data: bytes) -> None:
        path.write_bytes(data)
        try:
            declared = read_protocols(path)
        except ValueError as error:
            assert str(tmp_path) in str(error)  # noqa: PT017 - some mutations raise nothing
        else:
            assert all(each.identity for each in declared.values())

    _try(part, PROTOCOLS, check)


CODECARBON = """\
[codecarbon]
force_cpu_power = 45.5
force_ram_power = 3
force_carbon_intensity_g_co2e_kwh = 56
pue = 1.2
wue = 0.5
country_iso_code = "FRA"
"""


@pytest.mark.parametrize("part", range(PARTS))
def test_a_mutated_configuration_of_codecarbon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    path = tmp_path / FILE_NAME

    def check(data: bytes) -> None:
        path.write_bytes(data)
        try:
            conf = configuration()
            conf.place()
        except ValueError as error:
            assert FILE_NAME in str(error)  # noqa: PT017 - most mutations raise nothing
        else:
            known = (conf.number(key) for key in LEAST)
            assert all(each is None or math.isfinite(each) for each in known)

    _try(part, CODECARBON.encode(), check)
