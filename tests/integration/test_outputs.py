"""Output files: each is written if it can be, and no other file suffers."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from suite import Suite

from pytest_scer.cli import main
from pytest_scer.report.reading import read_report

posix = pytest.mark.skipif(sys.platform == "win32", reason="no such files there")
SPENDS = "def test_it(): spend(cpu=1)"


def _text(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


# --- an output that fails -------------------------------------------------------------------------


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_the_others_are_written(suite: Suite, failing: int) -> None:
    names = ["a.json", "b.csv", "c.prom"]
    names[failing] = f"gone/{names[failing]}"
    (suite.path / "gone").mkdir()
    suite.write(
        """
        import shutil

        def test_it():
            spend(cpu=1)
            shutil.rmtree("gone")
        """
    )
    ran = suite.run(*(f"--scer-output={name}" for name in names))
    assert ran.exit_status == 3
    ran.result.stdout.fnmatch_lines([f"*{names[failing]} could not be written: No such file*"])
    for number, name in enumerate(names):
        assert (suite.path / name).exists() == (number != failing)
        assert (f"SCER report: {name}" in ran.result.outlines) == (number != failing)
    assert not (suite.path / "gone").exists()
    ran.passed(passed=1)


def test_one_that_cannot_be_rendered(suite: Suite) -> None:
    """Another plugin puts something into the report that one of the forms cannot hold."""
    suite.conftest(
        """
        def pytest_scer_report(report):
            report.environment.versions["model-server"] = object()
        """
    )
    suite.write(SPENDS)
    ran = suite.run("--scer-output=a.json", "--scer-output=b.csv")
    assert ran.exit_status == 3
    ran.result.stdout.fnmatch_lines(["*a.json could not be written: TypeError*"])
    assert (suite.path / "b.csv").exists()
    assert not (suite.path / "a.json").exists()


def test_failed_tests_stay_the_reason(suite: Suite) -> None:
    suite.write(
        """
        import shutil

        def test_it():
            shutil.rmtree("gone")
            assert False
        """
    )
    (suite.path / "gone").mkdir()
    ran = suite.run("--scer-output=gone/a.json")
    assert ran.exit_status == 1
    assert "could not be written" in ran.text


# --- what an output may be ------------------------------------------------------------------------


@posix
def test_links_and_permissions_stay(suite: Suite) -> None:
    suite.write(SPENDS)
    (suite.path / "private").mkdir()
    target, link = suite.path / "private" / "real.json", suite.path / "report.json"
    target.touch(0o600)
    link.symlink_to("private/real.json")
    ran = suite.run("--scer-output=report.json")
    assert ran.exit_status == 0
    assert link.is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    read_report(target)
    assert not list(suite.path.rglob("*.journal"))


@posix
def test_devices_stay_and_have_no_journal(suite: Suite) -> None:
    suite.write(
        """
        import glob

        def test_it():
            assert glob.glob("/dev/*.journal") == []
            assert glob.glob("*.journal") == ["b.csv.journal"]
        """
    )
    ran = suite.run("--scer-output=json:/dev/null", "--scer-output=b.csv")
    assert ran.exit_status == 0, ran.text
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert (suite.path / "b.csv").exists()


@posix
@pytest.mark.parametrize("capture", ["fd", "sys", "no"])
def test_standard_output(suite: Suite, capture: str) -> None:
    """As in ``pytest --scer-output csv:/dev/stdout > log``."""
    suite.write(SPENDS)
    command = [sys.executable, "-m", "pytest", f"--capture={capture}", "--scer-output"]
    with (suite.path / "log").open("w") as log:
        subprocess.run(
            [*command, "csv:/dev/stdout"], stdout=log, stderr=subprocess.STDOUT, check=True
        )
    text = (suite.path / "log").read_text()
    assert "\x00" not in text
    assert text.index("test session starts") < text.index("run_id") < text.index("1 passed")


@posix
def test_a_pipe(suite: Suite) -> None:
    suite.write(SPENDS)
    os.mkfifo(suite.path / "pipe")
    with subprocess.Popen(["cat", "pipe"], cwd=suite.path, stdout=subprocess.PIPE) as reader:
        while True:  # until cat has opened it
            ran = suite.run("--scer-output=json:pipe")
            if ran.exit_status == 0:
                break
            assert "No such device" in ran.text
        assert reader.stdout is not None
        assert json.loads(reader.stdout.read())["schema_version"] == 1


@posix
@pytest.mark.parametrize("ending", [".json", "ä.json"])
def test_a_name_of_the_maximum_length_has_a_journal(suite: Suite, ending: str) -> None:
    limit = os.pathconf(suite.path, "PC_NAME_MAX")
    name = "x" * (limit - len(ending.encode())) + ending
    suite.write("import os\ndef test_it(): pass\ndef test_dies(): os._exit(9)")
    suite.run_apart(f"--scer-output={name}")
    (journal,) = suite.path.glob("*.journal")
    assert main(["recover", str(journal), "-o", str(suite.path / name)]) == 0
    assert len(_text(suite.path / name)["tests"]) == 1


# --- one path for two files -----------------------------------------------------------------------

TWICE = {
    "two outputs": (["--scer-output=a.json", "--scer-output=json:./a.json"], "two outputs"),
    "through a link": (["--scer-output=a.json", "--scer-output=csv:link"], "two outputs"),
    "a new baseline": (
        ["--scer-output=a.json", "--scer-save-baseline=a.json"],
        "also the file of --scer-save-baseline",
    ),
    "an old baseline": (
        ["--scer-output=base.json", "--scer-baseline=base.json"],
        "also the file of --scer-baseline",
    ),
    "a linked baseline": (
        ["--scer-output=json:link2", "--scer-baseline=base.json"],
        "also the file of --scer-baseline",
    ),
    "peers": (
        ["--scer-output=peers.json", "--scer-peers=peers.json"],
        "also the file of --scer-peers",
    ),
    "its own journal": (
        ["--scer-output=a.json", "--scer-output=json:a.json.journal"],
        "the journal of a.json",
    ),
    "a baseline as a journal": (
        ["--scer-output=a.json", "--scer-save-baseline=a.json.journal"],
        "as its journal",
    ),
}


@posix
@pytest.mark.parametrize("case", TWICE)
def test_one_path_for_two_files(suite: Suite, case: str) -> None:
    suite.write(SPENDS)
    suite.run("--scer-save-baseline=base.json")
    (suite.path / "peers.json").write_text('{"peers_version": 1, "peers": []}')
    (suite.path / "link").symlink_to("a.json")
    (suite.path / "link2").symlink_to("base.json")
    before = (suite.path / "base.json").read_bytes()
    options, says = TWICE[case]
    ran = suite.run(*options)
    assert ran.exit_status == 4, ran.text
    assert says in ran.text
    assert "--scer-output: " in ran.text
    assert (suite.path / "base.json").read_bytes() == before


# --- forks ----------------------------------------------------------------------------------------


@posix
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_that_runs_on_writes_nothing(suite: Suite) -> None:
    suite.write(
        """
        import os, warnings

        def test_it():
            spend(cpu=1)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                child = os.fork()
            if child:
                os.waitpid(child, 0)  # it ends pytest on its own
                assert os.path.exists("report.json.journal")
                assert not os.path.exists("report.json")
                assert not os.path.exists("base.json")
        """
    )
    ran = suite.run_apart("--scer-output=report.json", "--scer-save-baseline=base.json")
    assert ran.exit_status == 0, ran.text
    assert len(ran.json["tests"]) == 1
    assert (suite.path / "base.json").exists()
    assert not list(suite.path.glob("*.journal"))


# --- baselines ------------------------------------------------------------------------------------


def test_a_baseline_that_is_none_any_more(suite: Suite) -> None:
    suite.write(
        """
        from pathlib import Path

        def test_it():
            Path("base.json").write_text("garbage")
        """
    )
    ran = suite.run("--scer-save-baseline=base.json", "--scer-output=report.json")
    assert ran.exit_status == 3
    ran.result.stdout.fnmatch_lines(["*base.json could not be saved: *base.json: not JSON*"])
    assert "Traceback" not in ran.text
    assert "INTERNALERROR" not in ran.text
    assert (suite.path / "base.json").read_text() == "garbage"
    assert len(ran.json["tests"]) == 1


def test_a_history_that_is_gone(suite: Suite) -> None:
    (suite.path / "history").mkdir()
    suite.write("import os\ndef test_it(): os.rmdir('history')")
    ran = suite.run("--scer-history=history")
    assert ran.exit_status == 3
    assert "history could not be saved: there is no such directory any more" in ran.text
    assert not (suite.path / "history").exists()


def test_sessions_that_save_one_baseline_at_once(suite: Suite) -> None:
    count = 4
    for number in range(count):
        suite.write("def test_it(): spend(cpu=1)", name=f"test_{number}")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--scer-components=cpu"]
    sessions = [
        subprocess.Popen(
            [*command, "--scer-save-baseline=base.json", f"test_{number}.py"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(count)
    ]
    printed = [session.communicate()[0] for session in sessions]
    assert [session.returncode for session in sessions] == [0] * count, printed
    assert len(_text(suite.path / "base.json")["tests"]) == count


# --- numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", ["1e308", "5e-324"])
def test_counts_that_cannot_be_calculated_with(suite: Suite, count: str) -> None:
    suite.write(
        f"""
        @pytest.mark.scer("1 J per 1000 tokens", category="text", model="m", phase="inference")
        def test_it(carbon):
            for _ in range(3):
                with carbon.measure("part"):
                    spend(cpu=1)
                    carbon.count(words={count})
                carbon.count(tokens={count})
        """
    )
    outputs = [f"--scer-output=report.{kind}" for kind in ("json", "csv", "prom")]
    ran = suite.run(*outputs, "--scer-report", "--scer-budget=5 J per token")
    assert ran.exit_status == 0, ran.text
    (budget,) = ran.test("test_it")["budgets"]
    assert budget["verdict"] == "unmeasured"
    assert "tokens is out of range" in budget["reason"]
    assert ran.json["budgets"][0]["verdict"] == "unmeasured"
    assert all(rating["score"] is None for rating in ran.json["ratings"])
    kinds = [finding["kind"] for finding in ran.json["findings"]]
    assert kinds.count("out of range") == 2
    read_report(suite.path / "report.json")
    assert (suite.path / "report.prom").exists()


def test_budgets_at_the_ends_of_the_range(suite: Suite) -> None:
    suite.write(SPENDS)
    for budget, verdict in (("5e-324 J", "exceeded"), ("1e308 J", "ok"), ("5e-324 mg", "exceeded")):
        ran = suite.run(f"--scer-test-budget={budget}", "--scer-output=report.json")
        assert ran.verdicts("test_it") == [verdict], ran.text
        read_report(suite.path / "report.json")


@pytest.mark.parametrize(
    "options", [(), ("-p", "xdist", "-p", "xdist.looponfail", "-n2")], ids=["n0", "n2"]
)
def test_outputs_of_codecarbon_are_named_where_only_marked_tests_are_measured(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    monkeypatch.setenv("HOME", str(pytester.path))
    (pytester.path / ".codecarbon.config").write_text("[codecarbon]\nsave_to_api = true\n")
    pytester.makepyfile("def test_it(carbon): carbon(int)\ndef test_too(carbon): carbon(int)\n")
    result = pytester.runpytest_subprocess(*options)
    said = [line for line in result.outlines if "pytest-scer warning" in line]
    assert len(said) == 1
    assert "save_to_api" in said[0]
