"""`pytest-scer ab` over real git repositories and real sessions; joules are simulated."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from inner_sessions import without_other_plugins

import pytest_scer

# Where the tested package is, installed and compiled: each process imports it anew.
INSTALLED = Path(pytest_scer.__file__).parents[1]
PATIENCE_S = 300
"""Ends a test that hangs; nothing is judged by it."""

CONFTEST = """
import pytest
from pytest_scer.meters.simulated import SimulatedMeter

class Clock:
    now_s = 0.0
    def __call__(self):
        return self.now_s

clock = Clock()
meter = SimulatedMeter({"cpu": 0.0}, clock=clock)

def pytest_scer_meter():
    return meter

@pytest.fixture
def spend():
    def use(joules, seconds=1.0):
        clock.now_s += seconds
        meter.spend(cpu=joules)
    return use
"""


@dataclass
class Project:
    """A git repository with a suite, and what is around a command in it."""

    path: Path
    environment: dict[str, str]

    def write(self, name: str, text: str) -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always"]
        done = subprocess.run(
            ["git", *identity, *arguments],
            cwd=cwd or self.path,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def commit(self, **files: str) -> str:
        """Commit these test modules and everything else that was written."""
        for name, text in files.items():
            self.write(f"{name}.py", text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=a")
        return self.git("rev-parse", "HEAD").strip()

    def start(self, *arguments: str, cwd: Path | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "pytest_scer.cli", "ab", *arguments],
            cwd=cwd or self.path,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ab(self, *arguments: str, exit_code: int, cwd: Path | None = None) -> str:
        """What the command prints, on both streams."""
        with self.start(*arguments, cwd=cwd) as process:
            out, err = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == exit_code, out + err
        return out + err

    def compare(self, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
        """Its report."""
        with self.start("--format", "json", *arguments) as process:
            out, err = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == exit_code, out + err
        report: dict[str, Any] = json.loads(out)
        return report


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A repository with a simulated meter and nothing else."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    path = tmp_path / "project"
    path.mkdir()
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    hidden = ("PYTEST_", "GIT_", "CODECARBON_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(hidden)} | {
        "PYTHONPATH": str(INSTALLED),
        "PYTEST_ADDOPTS": without_other_plugins(),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(tmp_path),
        "TMPDIR": str(temporary),
    }
    made = Project(path, environment)
    made.git("init", "--quiet", "--initial-branch=main")
    made.write("conftest.py", CONFTEST)
    return made


@pytest.fixture(autouse=True)
def _leaves_nothing_behind(project: Project) -> Any:
    """No copy stays, and the user's repository has nothing but what a test put there."""
    yield
    assert list(Path(project.environment["TMPDIR"]).glob("pytest-scer-ab-*")) == []
    assert project.git("worktree", "list").count("\n") == 1


TWO = """
def test_a(spend):
    spend({a})

def test_b(spend):
    spend({b})
"""


# --- verdicts ------------------------------------------------------------------------------------


def test_a_regression_and_a_saving_are_found_and_exit_with_1(project: Project) -> None:
    project.commit(test_it=TWO.format(a=1, b=3))
    project.commit(test_it=TWO.format(a=3, b=1))
    report = project.compare("HEAD~", "HEAD", exit_code=1)
    verdicts = {name: test["verdict"] for name, test in report["tests"].items()}
    assert verdicts == {"test_it.py::test_a": "regression", "test_it.py::test_b": "improved"}
    assert report["tests"]["test_it.py::test_a"]["change"] == pytest.approx(2.0)
    assert report["failed"]


def test_identical_commits_pass(project: Project) -> None:
    project.commit(test_it=TWO.format(a=1, b=3))
    report = project.compare("HEAD", "HEAD")
    assert {test["verdict"] for test in report["tests"].values()} == {"ok"}
    assert report["detectable"] < 0.3


def test_head_is_the_work_tree_with_untracked_files_that_are_not_ignored(project: Project) -> None:
    project.write(".gitignore", "ignored.txt\n")
    project.commit(test_it=TWO.format(a=1, b=1))
    project.write("test_it.py", "import os\nfrom helper import A\n" + TWO.format(a="A", b=1))
    with (project.path / "test_it.py").open("a") as source:
        source.write("\ndef test_files():\n    assert not os.path.exists('ignored.txt')\n")
    project.write("helper.py", "A = 5\n")
    project.write("ignored.txt", "")
    (project.path / "deleted.txt").touch()
    status = project.git("status", "--porcelain", "--ignored")
    report = project.compare("main", exit_code=1)
    assert report["tests"]["test_it.py::test_a"]["change"] == pytest.approx(4.0)
    assert report["not_compared"] == {"test_it.py::test_files": "only on HEAD"}
    assert project.git("status", "--porcelain", "--ignored") == status


def test_options_of_pytest_and_of_the_plugin_hold(project: Project) -> None:
    project.commit(test_it=TWO.format(a=1, b=1))
    project.commit(test_it=TWO.format(a=1.4, b=1.4))
    options = ["--", "-k", "test_a", "test_it.py"]
    silent = project.compare("HEAD~", "HEAD", *options, "--scer-fail-on", "none")
    assert list(silent["tests"]) == ["test_it.py::test_a"]
    assert silent["threshold"] == "10%"
    assert silent["tests"]["test_it.py::test_a"]["verdict"] == "regression"
    loose = project.compare("HEAD~", "HEAD", *options, "--scer-max-regression", "50%")
    assert loose["tests"]["test_it.py::test_a"]["verdict"] == "ok"
    floored = project.compare("HEAD~", "HEAD", *options, "--scer-max-regression=5% and 0.5 J")
    assert floored["tests"]["test_it.py::test_a"]["verdict"] == "ok"


def test_budgets_and_the_configuration_of_the_project_fail_nothing(project: Project) -> None:
    project.write(
        "pytest.ini", "[pytest]\nscer_max_regression = 300%\naddopts = --scer-budget 1J\n"
    )
    source = "import pytest\n@pytest.mark.scer('1 mJ')\ndef test_a(spend):\n    spend({})\n"
    project.commit(test_it=source.format(1))
    project.commit(test_it=source.format(3))
    report = project.compare("HEAD~", "HEAD")
    assert report["threshold"] == "300%"
    assert report["tests"]["test_it.py::test_a"]["verdict"] == "ok"


def test_a_growth_of_less_than_5_ms_at_the_tests_power_is_none(project: Project) -> None:
    source = "def test_a(spend):\n    spend({}, seconds={})\n"
    project.commit(test_it=source.format(1, 0.001))
    project.commit(test_it=source.format(3, 0.003))
    report = project.compare("HEAD~", "HEAD")
    (test,) = report["tests"].values()
    assert (test["verdict"], test["rounds"]) == ("ok", 1)
    assert test["floor_j"] == pytest.approx(5.0)


def test_real_cpu_time_shows_a_test_that_grew_threefold(project: Project) -> None:
    source = "def test_work():\n    sum(range({}))\n"
    project.write("conftest.py", "")
    project.commit(test_it=source.format(2_000_000))
    project.commit(test_it=source.format(8_000_000))
    report = project.compare("HEAD~", "HEAD", "--max-time", "90", exit_code=1)
    (test,) = report["tests"].values()
    assert test["verdict"] == "regression"
    assert report["noise_floor"] is not None


# --- how tests are run ---------------------------------------------------------------------------


def test_fixtures_are_built_as_pytest_does(project: Project) -> None:
    """Those of functions for every run, those of modules once a side and round."""
    project.write(
        "test_it.py",
        """
        import pytest
        LOG = []

        @pytest.fixture(scope="module")
        def wide():
            LOG.append("wide")
            yield
            LOG.append("wide ends")

        @pytest.fixture(params=[1, 2])
        def narrow(wide, tmp_path, caplog, request):
            LOG.append("narrow")
            yield request.param
            LOG.append("narrow ends")

        class TestIt:
            def test_a(self, narrow, spend):
                assert not hasattr(self, "dirty")
                self.dirty = True
                assert LOG.count("wide") == 1
                assert LOG.count("narrow") == LOG.count("narrow ends") + 1
                spend(1)
        """,
    )
    project.write(
        "test_later.py",
        """
        import unittest, test_it

        def test_b(spend):
            assert test_it.LOG.count("wide") == test_it.LOG.count("wide ends") == 1
            spend(1)

        class TestCase(unittest.TestCase):
            def setUp(self):
                self.runs = 0

            def test_c(self):
                self.runs += 1
                self.assertEqual(self.runs, 1)
                sum(range(100))
        """,
    )
    project.commit()
    report = project.compare("HEAD", "HEAD", "--", "--scer-fail-on", "none")
    assert report["not_compared"] == {}
    assert not [each for each in report["warnings"] if "fixture" in each]
    assert [test["notes"] for test in report["tests"].values()] == [[]] * 4
    assert max(test["pairs"] for test in report["tests"].values()) > 1


def test_a_test_that_passes_only_once_in_a_process_is_compared_by_first_runs(
    project: Project,
) -> None:
    source = "RUNS = []\ndef test_a(spend):\n    RUNS.append(1)\n    assert RUNS == [1]\n"
    project.commit(test_it=source + "    spend(1)\n")
    project.commit(test_it=source + "    spend(3)\n")
    report = project.compare("HEAD~", "HEAD", exit_code=1)
    (test,) = report["tests"].values()
    assert test["notes"] == ["does not pass twice in a process: only first runs are compared"]
    assert test["verdict"] == "regression"


def test_tests_that_draw_numbers_draw_the_same_on_both_sides(project: Project) -> None:
    pytest.importorskip("pytest_randomly")
    project.environment["PYTEST_ADDOPTS"] = without_other_plugins("randomly")
    project.commit(test_it="import random\ndef test_a(spend): spend(1 + random.random())\n")
    (test,) = project.compare("HEAD", "HEAD")["tests"].values()
    assert {ratio for row in test["ratios"] for ratio in row} == {1.0}


def test_environment_and_standard_input_are_the_users(project: Project) -> None:
    project.commit(
        test_it="""
        import os, sys
        def test_a(spend):
            assert not [name for name in os.environ if name.startswith("PYTEST_SCER")]
            spend(1)
        """
    )
    assert "1 test compared: 1 ok" in project.ab("HEAD", exit_code=0)


def test_the_command_works_in_a_directory_of_the_repository(project: Project) -> None:
    project.write("pytest.ini", "[pytest]\n")
    project.write("part/test_it.py", TWO.format(a=1, b=1))
    project.write("test_other.py", "def test_other(): pass\n")
    project.commit()
    out = project.ab("HEAD", "--", "test_it.py", exit_code=0, cwd=project.path / "part")
    assert "2 tests compared" in out
    absolute = project.ab("HEAD", "--", str(project.path / "part"), exit_code=0)
    assert "2 tests compared" in absolute
    project.write("new/test_it.py", TWO.format(a=1, b=1))
    out = project.ab("HEAD", exit_code=4, cwd=project.path / "new")
    assert "has no directory new" in out


# --- what is not compared ------------------------------------------------------------------------


def test_what_fails_or_is_on_one_side_only_is_listed(project: Project) -> None:
    project.commit(test_it=TWO.format(a=1, b=1) + "def test_old(): pass\n")
    project.commit(test_it=TWO.format(a=1, b="no") + "def test_new(): pass\n")
    report = project.compare("HEAD~", "HEAD")
    assert list(report["tests"]) == ["test_it.py::test_a"]
    why = report["not_compared"]
    assert why["test_it.py::test_old"] == "only on BASE"
    assert why["test_it.py::test_new"] == "only on HEAD"
    assert why["test_it.py::test_b"].startswith("failed on HEAD (NameError")


def test_nothing_comparable_is_exit_4(project: Project) -> None:
    project.commit(test_it="def test_a(): assert False\n")
    out = project.ab("HEAD", exit_code=4)
    assert "nothing can be compared: test_it.py::test_a: failed on BASE (assert False)" in out


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["nonsense"], "'nonsense' is no commit of this repository"),
        (["--", "-k", "nothing"], "no tests were collected"),
        (["--", "--no-such-option"], "unrecognized arguments: --no-such-option"),
        (["--", "--scer-max-regression", "much"], "'much' is not a growth"),
        (["--", "-p", "no:scer"], "pytest-scer was not loaded"),
        (["--", "--collect-only"], "asked for something else than to run tests"),
        (["--setup", "echo it broke; exit 3"], "--setup failed in BASE"),
        (["--max-time", "-1"], "expected a number of at least 0"),
    ],
)
def test_what_cannot_be_done_is_exit_4(project: Project, arguments: list[str], text: str) -> None:
    project.commit(test_it=TWO.format(a=1, b=1))
    given = arguments if arguments[0] == "nonsense" else ["HEAD", *arguments]
    assert text in project.ab(*given, exit_code=4)


def test_xdist_is_refused(project: Project) -> None:
    pytest.importorskip("xdist")
    project.environment["PYTEST_ADDOPTS"] = without_other_plugins("xdist")
    project.commit(test_it=TWO.format(a=1, b=1))
    assert "runs tests next to each other" in project.ab("HEAD", "--", "-n2", exit_code=4)


def test_collection_errors_are_shown(project: Project) -> None:
    project.commit(test_it=TWO.format(a=1, b=1))
    project.commit(test_it="import no_such_module\n")
    out = project.ab("HEAD~", "HEAD", exit_code=4)
    assert "HEAD, HEAD" in out
    assert "No module named 'no_such_module'" in out


def test_no_repository_is_exit_4(project: Project, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    assert "not in a work tree of a git repository" in project.ab("HEAD", exit_code=4, cwd=outside)


def test_a_side_that_dies_is_named_with_its_last_lines(project: Project) -> None:
    project.commit(
        test_it="""
        import os
        def test_a():
            os.write(2, b"the last words")
            os._exit(7)
        """
    )
    out = project.ab("HEAD", "--", "-s", exit_code=4)
    assert "no answer from test_it.py::test_a: pytest ended with exit code 7" in out
    assert "the last words" in out


def test_a_side_that_dies_in_a_later_round_leaves_what_is_known(
    project: Project, tmp_path: Path
) -> None:
    """The clear growth of one test takes further rounds; the second process of HEAD dies."""
    source = """
        import os, pathlib
        def test_a(spend):
            spend({})
            started = pathlib.Path({!r})
            if started.exists() and started.read_text() != str(os.getpid()):
                os._exit(7)
            started.write_text(str(os.getpid()))
        """
    project.commit(test_it=TWO.format(a=1, b=1))
    project.commit(test_it=source.format(3, str(tmp_path / "started")))
    report = project.compare("HEAD~", "HEAD")
    test = report["tests"]["test_it.py::test_a"]
    assert (test["verdict"], test["change"]) == ("inconclusive", pytest.approx(2.0))
    (warned,) = (each for each in report["warnings"] if "was the last one" in each)
    assert "pytest ended with exit code 7" in warned


def test_a_test_that_closes_all_descriptors_is_named(project: Project) -> None:
    project.commit(test_it="import os\ndef test_a():\n    os.closerange(3, 1000)\n")
    out = project.ab("HEAD", exit_code=4)
    assert "no answer from test_it.py::test_a" in out


# --- each side tests its own code ----------------------------------------------------------------

SRC = """
def cost():
    return {}
"""
USES_IT = """
from package import cost

def test_a(spend):
    spend(cost())
"""


def test_code_that_comes_from_elsewhere_is_exit_4(project: Project) -> None:
    """As an editable install does it: the path of the user's tree is on every side's path."""
    project.write("src/package/__init__.py", SRC.format(1))
    project.write("tests/test_it.py", USES_IT)
    project.commit()
    project.environment["PYTHONPATH"] += f"{os.pathsep}{project.path / 'src'}"
    out = project.ab("HEAD", exit_code=4)
    assert f"it loaded package from {project.path}/src/package/__init__.py" in out
    assert "--setup" in out
    assert "pythonpath" in out
    remedied = project.ab("HEAD", "--", "-o", "pythonpath=src", exit_code=0)
    assert "1 ok" in remedied


def test_setup_makes_an_environment_of_each_side(project: Project) -> None:
    project.write("src/package/__init__.py", SRC.format(1))
    project.write("tests/test_it.py", USES_IT)
    project.commit()
    project.write("src/package/__init__.py", SRC.format(3))
    setup = (
        f"{sys.executable} -m venv --without-pip .venv && "
        "for site in .venv/lib/python*/site-packages; do "
        f"echo $PWD/src > $site/own.pth; echo {sysconfig.get_path('purelib')} > $site/rest.pth; "
        "done"
    )
    report = project.compare("HEAD", "--setup", setup, exit_code=1)
    assert report["tests"]["tests/test_it.py::test_a"]["change"] == pytest.approx(2.0)


def test_an_environment_without_the_plugin_is_named(project: Project) -> None:
    project.commit(test_it=TWO.format(a=1, b=1))
    project.environment["PYTHONPATH"] = ""
    project.environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.defpath])
    setup = f"{sys.executable} -m venv --without-pip .venv"
    code = f"import sys; sys.path.insert(0, {str(INSTALLED)!r}); from pytest_scer.cli import main; "
    done = subprocess.run(
        [sys.executable, "-c", code + "sys.exit(main())", "ab", "HEAD", "--setup", setup],
        cwd=project.path,
        env=project.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4, done.stdout + done.stderr
    assert "its environment has no pytest; install pytest-scer in it" in done.stderr


# --- submodules ----------------------------------------------------------------------------------


@pytest.fixture
def submodule(project: Project, tmp_path: Path) -> Path:
    """A submodule of the project, which its test reads."""
    other = tmp_path / "other"
    other.mkdir()
    project.git("init", "--quiet", cwd=other)
    (other / "joules.txt").write_text("1")
    project.git("add", "--all", cwd=other)
    project.git("commit", "--quiet", "--message=a", cwd=other)
    project.git("submodule", "--quiet", "add", str(other), "data")
    project.commit(test_it="def test_a(spend): spend(int(open('data/joules.txt').read()))\n")
    return project.path / "data"


def test_submodules_are_copied(project: Project, submodule: Path) -> None:
    (submodule / "joules.txt").write_text("3")
    project.git("commit", "--quiet", "--all", "--message=b", cwd=submodule)
    project.commit()
    report = project.compare("HEAD~", exit_code=1)
    assert report["tests"]["test_it.py::test_a"]["change"] == pytest.approx(2.0)


def test_a_dirty_submodule_is_exit_4(project: Project, submodule: Path) -> None:
    (submodule / "joules.txt").write_text("3")
    assert "submodule data has changes that are not committed" in project.ab("HEAD", exit_code=4)


# --- the end -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("default_sigint")
@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_prints_what_is_known_and_ends_both_sides(
    project: Project, way: signal.Signals, tmp_path: Path
) -> None:
    flag = tmp_path / "reached"
    project.commit(
        test_it=f"""
        import pathlib, os, time
        def test_a(spend): spend(1)
        def test_b():
            pathlib.Path({str(flag)!r}).write_text(str(os.getpid()))
            time.sleep(60)
        """
    )
    with project.start("HEAD") as process:
        wait_for(lambda: flag.is_file() and bool(flag.read_text()))
        process.send_signal(way)
        out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 2, out + err
    assert "1 test compared" in out
    assert "interrupted" in out
    wait_for(lambda: not Path(f"/proc/{flag.read_text()}").exists())


def wait_for(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def test_a_comment_for_a_pull_request(project: Project) -> None:
    project.commit(test_it=TWO.format(a=1, b=1))
    project.commit(test_it=TWO.format(a=3, b=1))
    out = project.ab("HEAD~", "HEAD", "--format", "md", exit_code=1)
    assert "### Energy of the tests: 1 of 2 tests REGRESSED" in out
    assert "| `test_it.py::test_a` | 1.00 J | 3.00 J | +200% |" in out
    assert "<details><summary>1 test within the threshold</summary>" in out
