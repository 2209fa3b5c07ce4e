"""Output files: replaced as a whole, and nothing about them changed that is the user's."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_scer.report.files import identity, is_replaceable, write_whole

posix = pytest.mark.skipif(sys.platform == "win32", reason="no such files there")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write_whole(tmp_path / "new", ["one\n", "two\n"])
    assert (tmp_path / "new").read_bytes() == b"one\ntwo\n"
    assert _mode(tmp_path / "new") == _mode(tmp_path / "usual")


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444 | stat.S_IWUSR, 0o777])
def test_permissions_are_kept(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "report"
    path.touch()
    path.chmod(mode)
    write_whole(path, ["new"])
    assert path.read_text() == "new"
    assert _mode(path) == mode


@posix
@pytest.mark.parametrize("exists", [True, False])
def test_a_link_leads_to_the_file(tmp_path: Path, exists: bool) -> None:
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "report", tmp_path / "link"
    if exists:
        target.write_text("old")
    link.symlink_to("elsewhere/report")
    write_whole(link, ["new"])
    assert link.is_symlink()
    assert target.read_text() == "new"


def _failing() -> Iterator[str]:
    yield "half"
    raise RuntimeError("this cannot be rendered")


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text("old")
    with pytest.raises(RuntimeError):
        write_whole(path, _failing())
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["report"]


def test_a_missing_directory_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "missing" / "report", ["new"])
    assert not (tmp_path / "missing").exists()


@posix
def test_a_name_of_the_maximum_length(tmp_path: Path) -> None:
    path = tmp_path / ("x" * os.pathconf(tmp_path, "PC_NAME_MAX"))
    write_whole(path, ["new"])
    assert path.read_text() == "new"


@posix
def test_a_fifo_is_written_to(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(path.read_text()))
    reader.start()
    while True:
        try:
            write_whole(path, ["new" * 50_000])  # more than a pipe holds
            break
        except OSError:  # the reader has not opened it yet
            pass
    reader.join()
    assert read == ["new" * 50_000]
    assert stat.S_ISFIFO(path.stat().st_mode)


@posix
def test_a_fifo_without_a_reader_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(OSError, match="No such device"):
        write_whole(tmp_path / "fifo", ["new"])


@posix
def test_a_device_stays_a_device() -> None:
    write_whole(Path(os.devnull), ["new"])
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
    assert not is_replaceable(Path(os.devnull))


WRITES_TO_ITS_OUTPUT = """
from pathlib import Path
from pytest_scer.report.files import write_whole

print("before")
write_whole(Path("/dev/stdout"), ["report\\n"])
print("after")
"""


@posix
def test_redirected_output_is_written_to_in_order(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as file:
        subprocess.run([sys.executable, "-c", WRITES_TO_ITS_OUTPUT], stdout=file, check=True)
    assert log.read_text() == "before\nreport\nafter\n"


@posix
def test_a_link_to_itself_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "loop"
    path.symlink_to("loop")
    for use in (is_replaceable, identity, lambda path: write_whole(path, ["new"])):
        with pytest.raises(OSError, match="symbolic links"):
            use(path)
    assert path.is_symlink()


@posix
def test_paths_to_one_file_are_identical(tmp_path: Path) -> None:
    one, link, hard = (tmp_path / name for name in ("one", "link", "hard"))
    link.symlink_to("one")
    assert identity(one) == identity(link) == identity(tmp_path / "x" / ".." / "one")
    one.touch()
    os.link(one, hard)
    assert identity(one) == identity(link) == identity(hard)
    assert identity(one) != identity(tmp_path / "other")
