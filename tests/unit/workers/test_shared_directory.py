"""The directory that the processes of a session share: private, and gone when they are."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pytest_scer.workers.hosts import shared_path
from pytest_scer.workers.shared_directory import SharedDirectory, locked, open_private

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such locks")


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_its_owner_can_enter_it() -> None:
    directory = SharedDirectory("session")
    assert _mode(directory.path) == 0o700
    with locked(directory.path / "lock"):
        pass
    assert {_mode(path) for path in directory.path.iterdir()} == {0o600}
    directory.leave()


def test_the_last_one_removes_it(temporary: Path) -> None:
    one, other = SharedDirectory("session"), SharedDirectory("session")
    assert one.path == other.path
    one.leave()
    assert other.path.exists()
    other.leave()
    assert list(temporary.iterdir()) == []


def test_sessions_have_their_own(temporary: Path) -> None:
    one, other = SharedDirectory("one"), SharedDirectory("other")
    assert one.path != other.path
    other.leave()
    assert one.path.exists()
    one.leave(last=True)
    assert list(temporary.iterdir()) == []


WAITS = """
import sys
from pytest_scer.workers.shared_directory import SharedDirectory

directory = SharedDirectory("session")
(directory.path / "clock").touch()
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def _user() -> Iterator[subprocess.Popen[str]]:
    """Another process that uses the directory of ``session``, until it is killed."""
    command = [sys.executable, "-c", WAITS]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


def test_the_next_session_removes_what_killed_ones_left(temporary: Path) -> None:
    with _user():
        pass
    assert shared_path("session").exists()
    SharedDirectory("next").leave()
    assert list(temporary.iterdir()) == []


def test_what_another_session_uses_stays() -> None:
    with _user():
        SharedDirectory("next").leave()
        assert (shared_path("session") / "clock").exists()
        joined = SharedDirectory("session")
        joined.leave()
        assert joined.path.exists()


def test_a_forked_child_does_not_leave() -> None:
    directory = SharedDirectory("session")
    child = os.fork()
    if not child:
        directory.leave()
        os._exit(0)
    os.waitpid(child, 0)
    assert directory.path.exists()
    directory.leave()


def test_a_child_that_stays_does_not_keep_it() -> None:
    directory = SharedDirectory("session")
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.read(read, 1)  # with the parent's descriptors open
        os._exit(0)
    directory.leave()
    gone = not directory.path.exists()
    os.write(write, b"x")
    os.waitpid(child, 0)
    assert gone
    os.close(read)
    os.close(write)


@pytest.mark.parametrize("what", ["open", "link", "file"])
def test_what_another_user_could_have_made_is_refused(temporary: Path, what: str) -> None:
    path = shared_path("session")
    if what == "open":
        path.mkdir()
        path.chmod(0o777)
    elif what == "link":
        (temporary / "mine").mkdir(0o700)
        path.symlink_to("mine")
    else:
        path.touch(0o600)
    with pytest.raises(OSError, match="not a private directory"):
        SharedDirectory("session")
    assert os.path.lexists(path)


def test_of_another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    directory = SharedDirectory("session")
    own = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    with pytest.raises(OSError, match="not a private directory"):
        SharedDirectory("session")
    with pytest.raises(OSError):
        SharedDirectory("next")  # looks for what it could remove first
    assert (directory.path / "users").exists()
    monkeypatch.undo()
    directory.leave()


@pytest.mark.parametrize("what", ["link", "open", "fifo"])
def test_a_file_that_is_not_private_is_refused(temporary: Path, what: str) -> None:
    path, victim = temporary / "clock", temporary / "victim"
    victim.write_text("precious")
    if what == "link":
        path.symlink_to("victim")
    elif what == "open":
        path.touch()
        path.chmod(0o644)
    else:
        os.mkfifo(path, 0o600)
    with pytest.raises(OSError), locked(path):
        pass
    assert victim.read_text() == "precious"


HOLDS = """
import sys
from pathlib import Path
from pytest_scer.workers.shared_directory import locked

with locked(Path(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_a_wait_ends(temporary: Path) -> None:
    path = temporary / "lock"
    command = [sys.executable, "-c", HOLDS, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(TimeoutError, match="not released"), locked(path, wait_s=0.01):
            pass
        process.send_signal(signal.SIGKILL)
    with locked(path, wait_s=None):  # it died, and so did its lock
        pass


def test_a_forked_child_does_not_inherit_a_lock(temporary: Path) -> None:
    path = temporary / "lock"
    read, write = os.pipe()
    with locked(path):
        child = os.fork()
        if not child:
            os.read(read, 1)
            os._exit(0)
    probe = subprocess.run(
        [sys.executable, "-c", HOLDS, str(path)], stdin=subprocess.DEVNULL, check=False
    )
    os.write(write, b"x")
    os.waitpid(child, 0)
    assert probe.returncode == 0
    os.close(read)
    os.close(write)


def test_a_descriptor_that_a_test_closed(temporary: Path) -> None:
    with locked(temporary / "lock") as file:
        os.close(file.descriptor)
        theirs = os.open(temporary / "theirs", os.O_RDWR | os.O_CREAT)
        assert theirs == file.descriptor
    os.write(theirs, b"still open")
    os.close(theirs)


def test_only_regular_files_are_opened(temporary: Path) -> None:
    with pytest.raises(OSError):
        open_private(temporary / "missing", create=False)
