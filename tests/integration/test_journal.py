"""The journal: nothing measured is lost, however the session ends."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pytest_scer.cli import main
from pytest_scer.report.journal import Journal
from pytest_scer.report.reading import read_report

MANY = """
import os, time, pytest

@pytest.mark.parametrize("number", range({count}))
def test_sleep(number):
    time.sleep({pause})
    if number == {die_at}:
        os._exit(3)
"""


def _suite(pytester: pytest.Pytester, count: int, pause: float = 0.002, die_at: int = -1) -> None:
    pytester.makepyfile(test_many=MANY.format(count=count, pause=pause, die_at=die_at))


def _tests(path: Path) -> list[str]:
    return [test["nodeid"] for test in json.loads(path.read_text())["tests"]]


def _journals(pytester: pytest.Pytester) -> list[str]:
    return sorted(path.name for path in pytester.path.glob("*.journal"))


def test_gone_after_a_normal_end(pytester: pytest.Pytester) -> None:
    _suite(pytester, 3)
    result = pytester.runpytest_subprocess("--scer-output=out.json")
    result.assert_outcomes(passed=3)
    assert _journals(pytester) == []


def test_exit_in_a_test_leaves_all_that_had_ended(pytester: pytest.Pytester) -> None:
    _suite(pytester, 10, die_at=6)
    result = pytester.runpytest_subprocess("--scer-output=out.json")
    assert result.ret == 3
    assert not (pytester.path / "out.json").exists()
    assert _journals(pytester) == ["out.json.journal"]
    journal = pytester.path / "out.json.journal"
    assert main(["recover", str(journal), "-o", str(pytester.path / "out.json")]) == 0
    assert _tests(pytester.path / "out.json") == [
        f"test_many.py::test_sleep[{n}]" for n in range(6)
    ]
    report = read_report(pytester.path / "out.json")
    assert report.session.interrupted
    assert report.session.exit_status is None
    assert report.not_run == [f"test_many.py::test_sleep[{n}]" for n in range(6, 10)]
    assert report.totals.total_j is not None
    assert report.totals.total_j == pytest.approx(
        report.totals.tests_energy_j
        + report.totals.fixtures_energy_j
        + (report.totals.overhead_energy_j or 0.0)
    )
    assert journal.exists(), "recover leaves the journal alone"


def test_an_orphan_is_kept_and_named(pytester: pytest.Pytester) -> None:
    _suite(pytester, 4, die_at=2)
    pytester.runpytest_subprocess("--scer-output=out.json")
    before = (pytester.path / "out.json.journal").read_bytes()
    _suite(pytester, 4)
    result = pytester.runpytest_subprocess("--scer-output=out.json")
    assert result.ret == 0
    said = " ".join(str(result.stdout).split())
    assert "out.json.journal is left from a session that did not finish" in said
    assert (pytester.path / "out.json.journal").read_bytes() == before
    assert _journals(pytester) == ["out.json.journal"]


def test_two_sessions_at_once_do_not_disturb_each_other(pytester: pytest.Pytester) -> None:
    _suite(pytester, 40, pause=0.05)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    both = [
        subprocess.Popen(
            [*command, "--scer-output=out.json", f"--scer-output=own{number}.json"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]
    outputs = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    for number in range(2):
        assert len(_tests(pytester.path / f"own{number}.json")) == 40
    assert "is left from" not in "".join(outputs)
    assert _journals(pytester) == []


def _started(pytester: pytest.Pytester, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-s", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        cwd=pytester.path,
    )


def test_kill_at_any_instant_loses_at_most_the_test_in_flight(
    pytester: pytest.Pytester, request: pytest.FixtureRequest
) -> None:
    ended_log = pytester.path / "ended.log"
    pytester.makeconftest(
        f"""
        import os
        log = os.open({str(ended_log)!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

        def pytest_runtest_logfinish(nodeid):
            os.write(log, nodeid.encode() + b"\\n")
        """
    )
    _suite(pytester, 2000)
    instants = random.Random(request.node.name)
    for _ in range(10):
        ended_log.unlink(missing_ok=True)
        process = _started(pytester, "--scer-output=out.json")
        journal = pytester.path / "out.json.journal"
        while not journal.exists():
            assert process.poll() is None
            time.sleep(0.001)
        time.sleep(0.2 * instants.random())
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert main(["recover", str(journal), "-o", str(pytester.path / "found.json")]) == 0
        found = _tests(pytester.path / "found.json")
        ended = ended_log.read_text().split("\n")[:-1] if ended_log.exists() else []
        assert len(found) == len(set(found))
        assert set(ended) <= set(found)
        assert len(found) - len(ended) <= 1
        journal.unlink()


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be renamed there")
@pytest.mark.parametrize("has_links", [True, False])
def test_a_journal_is_never_seen_without_its_head(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    """A kill between two system calls is too rare to be met by chance."""
    output, link, seen = tmp_path / "out.json", os.link, []

    def name(unseen: Path, path: Path) -> None:
        seen.append((unseen.read_bytes(), path.name, path.exists()))
        if not has_links:
            raise PermissionError("no hard links here")
        link(unseen, path)

    monkeypatch.setattr(os, "link", name)
    first = Journal.begin(output, "one", {"n": 1})
    second = Journal.begin(output, "two", {"n": 2})
    assert seen == [
        (b'{"head":{"n":1}}\n', "out.json.journal", False),
        (b'{"head":{"n":2}}\n', "out.json.journal", True),
        (b'{"head":{"n":2}}\n', "out.json.two.journal", False),
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "out.json.journal",
        "out.json.two.journal",
    ]
    assert first.orphans == second.orphans == []
    for journal in (first, second):
        journal.close(keep=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("times", [1, 2])
def test_interrupt(pytester: pytest.Pytester, times: int) -> None:
    _suite(pytester, 2000)
    process = _started(pytester, "--scer-output=out.json")
    journal = pytester.path / "out.json.journal"
    while not journal.exists() or journal.read_bytes().count(b'\n{"compact"') < 5:
        assert process.poll() is None
        time.sleep(0.01)
    for _ in range(times):
        process.send_signal(signal.SIGINT)
        time.sleep(0.02)  # the second one comes wherever it is by then
    process.wait()
    output = pytester.path / "out.json"
    if not output.exists():  # the second interrupt came before the report was written
        assert times == 2
        assert main(["recover", str(journal), "-o", str(output)]) == 0
    report = read_report(output)
    assert report.session.interrupted
    assert 0 < len(report.tests) < 2000
    assert report.not_run


def test_pytest_exit_writes_the_report(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        def test_first():
            pass

        def test_exit():
            pytest.exit("enough", returncode=5)

        def test_never():
            pass
        """
    )
    result = pytester.runpytest_subprocess("--scer-output=out.json", "--scer-report")
    assert result.ret == 5
    report = read_report(pytester.path / "out.json")
    assert report.not_run[-1] == "test_pytest_exit_writes_the_report.py::test_never"
    assert [test.nodeid.rpartition("::")[2] for test in report.tests] == ["test_first"]
    assert _journals(pytester) == []


def test_pytest_exit_in_a_worker_writes_the_report(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", range(4))
        def test_before(number):
            pass

        def test_exit():
            pytest.exit("enough", returncode=5)

        @pytest.mark.parametrize("number", range(4))
        def test_after(number):
            pass
        """
    )
    result = pytester.runpytest_subprocess(
        "--scer-output=out.json", "-p", "xdist", "-p", "xdist.looponfail", "-n2"
    )
    assert result.ret != 0
    report = read_report(pytester.path / "out.json")
    seen = [test.nodeid.rpartition("::")[2] for test in report.tests]
    assert len(seen) == len(set(seen))
    assert {*seen, *(each.rpartition("::")[2] for each in report.not_run)} == {
        "test_exit",
        *(f"test_{when}[{number}]" for when in ("before", "after") for number in range(4)),
    }
    assert _journals(pytester) == []


def test_an_output_that_becomes_unwritable_keeps_the_good_file_and_the_journal(
    pytester: pytest.Pytester,
) -> None:
    target = pytester.mkdir("reports")
    pytester.makepyfile(
        f"""
        import shutil

        def test_takes_the_directory_away():
            shutil.move({str(target)!r}, {str(target) + ".moved"!r})
        """
    )
    (target / "out.json").write_text("the good file")
    result = pytester.runpytest_subprocess("--scer-output=reports/out.json", "--scer-report")
    result.stdout.fnmatch_lines(["*reports/out.json could not be written: No such file*"])
    assert result.ret != 0
    moved = Path(str(target) + ".moved")
    assert (moved / "out.json").read_text() == "the good file"
    assert main(["recover", str(moved / "out.json.journal"), "-o", str(moved / "r.json")]) == 0
    assert len(_tests(moved / "r.json")) == 1


def _full_disk(size_kb: int, path: Path) -> None:
    path.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size_kb}k", "tmpfs", str(path)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("a small file system cannot be mounted here (needs root)")


def test_a_full_disk_ends_the_journal_and_leaves_the_good_file(
    pytester: pytest.Pytester, request: pytest.FixtureRequest
) -> None:
    disk = pytester.path / "disk"
    _full_disk(64, disk)
    request.addfinalizer(lambda: subprocess.run(["umount", str(disk)], check=False))
    (disk / "out.json").write_text("the good file")
    _suite(pytester, 200, pause=0)
    result = pytester.runpytest_subprocess("--scer-output=disk/out.json", "--scer-report")
    result.assert_outcomes(passed=200)
    result.stdout.fnmatch_lines(
        ["*out.json.journal is incomplete: No space left on device*"],
        consecutive=False,
    )
    said = " ".join(str(result.stdout).split())
    assert "disk/out.json could not be written: No space left on device" in said
    assert (disk / "out.json").read_text() == "the good file"
    assert (
        main(["recover", str(disk / "out.json.journal"), "-o", str(pytester.path / "r.json")]) == 0
    )
    assert len(_tests(pytester.path / "r.json")) > 5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "its first line has no head"),
        ('{"test": {}}\n', "its first line has no head"),
        ("garbage\nmore\n", "line 1 is not JSON"),
        ("[]\n", "not a pytest-scer journal"),
    ],
)
def test_recover_refuses_what_is_no_journal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    path = tmp_path / "x.journal"
    path.write_text(text)
    assert main(["recover", str(path), "-o", str(tmp_path / "out.json")]) == 4
    assert message in capsys.readouterr().err


def test_a_torn_last_line_is_left_out(pytester: pytest.Pytester) -> None:
    _suite(pytester, 10, die_at=6)
    pytester.runpytest_subprocess("--scer-output=out.json")
    journal = pytester.path / "out.json.journal"
    whole = journal.read_bytes()
    last_line = whole[:-1].rfind(b"\n") + 1
    found: list[Any] = []
    for cut in range(last_line, len(whole), 97):
        journal.write_bytes(whole[:cut])
        assert main(["recover", str(journal), "-o", str(pytester.path / "r.json")]) == 0
        found.append(len(_tests(pytester.path / "r.json")))
    assert set(found) == {5}


@pytest.mark.skipif(sys.platform == "win32", reason="no such limits there")
def test_a_disk_that_is_full_for_a_moment(pytester: pytest.Pytester) -> None:
    """A limit on the size of files stands for it: the first write takes a part, the next none."""
    pytester.makepyfile(
        """
        import os, resource

        def limit(size):
            _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))

        def test_before(): pass
        def test_full(): limit(os.stat("out.json.journal").st_size + 10)
        def test_still_full(): pass
        def test_free(): limit(resource.RLIM_INFINITY)
        def test_after(): pass
        def test_dies(): os._exit(9)
        """
    )
    pytester.runpytest_subprocess("--scer-output=out.json")
    journal = pytester.path / "out.json.journal"
    assert all(json.loads(line) for line in journal.read_bytes().splitlines())
    assert main(["recover", str(journal), "-o", str(pytester.path / "out.json")]) == 0
    report = read_report(pytester.path / "out.json")
    names = [test.nodeid.rpartition("::")[2] for test in report.tests]
    assert names == ["test_before", "test_free", "test_after"]
    assert report.warnings[-1] == (
        "out.json.journal: 3 lines could not be written while the session ran"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="no such locks there")
def test_the_journal_of_a_running_session_is_not_called_removable(
    pytester: pytest.Pytester, capsys: pytest.CaptureFixture[str]
) -> None:
    _suite(pytester, 2, pause=60)
    process = _started(pytester, "--scer-output=out.json")
    journal = pytester.path / "out.json.journal"
    while not journal.exists() or journal.read_bytes().count(b"\n") < 2:
        assert process.poll() is None
        time.sleep(0.01)
    arguments = ["recover", str(journal), "-o", str(pytester.path / "r.json")]
    assert main(arguments) == 0
    assert "the session still runs: keep " in capsys.readouterr().out
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert main(arguments) == 0
    assert "you can remove " in capsys.readouterr().out
    assert journal.exists()
