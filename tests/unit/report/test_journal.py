"""The journal: whatever happens to its file, every line that was written can be read."""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pytest_scer.report.journal import Journal, is_held, journal_path, read_lines
from pytest_scer.system import System

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such files there")
ID = "0123456789ab"
LIMIT = 255


def _lines(path: Path) -> list[Any]:
    return list(read_lines(path))


class Disk:
    """A disk that takes only so many bytes; stands for ``System.write``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room = sys.maxsize
        self.at_once = sys.maxsize
        self._write = os.write
        monkeypatch.setattr(System, "write", self.write)

    def write(self, descriptor: int, data: Any) -> int:
        taken = min(len(data), self.room, self.at_once)
        if not taken:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room -= taken
        return self._write(descriptor, bytes(data[:taken]))


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def test_a_short_write_is_finished(tmp_path: Path, disk: Disk) -> None:
    disk.at_once = 3
    journal = Journal.begin(tmp_path / "out.json", ID, {"n": 1})
    journal.write("warning", "a longer text")
    assert _lines(journal.path) == [{"head": {"n": 1}}, {"warning": "a longer text"}]
    journal.close(keep=False)


@pytest.mark.parametrize("room", range(8))
def test_a_full_disk_costs_the_lines_of_that_time(tmp_path: Path, disk: Disk, room: int) -> None:
    journal = Journal.begin(tmp_path / "out.json", ID, {})
    journal.write("warning", "before")
    disk.room = room
    for text in ("one", "two"):
        with pytest.raises(OSError, match="No space"):
            journal.write("warning", text)
    assert _lines(journal.path) == [{"head": {}}, {"warning": "before"}]
    disk.room = sys.maxsize
    journal.write("warning", "after")
    journal.write("warning", "later")
    assert _lines(journal.path)[2:] == [{"lost": 2}, {"warning": "after"}, {"warning": "later"}]
    journal.close(keep=False)


def test_a_forked_child_leaves_it_alone(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path / "out.json", ID, {})
    child = os.fork()
    if not child:
        journal.write("warning", "from the child")
        journal.close(keep=False)
        os._exit(0)
    os.waitpid(child, 0)
    journal.write("warning", "from the parent")
    assert _lines(journal.path) == [{"head": {}}, {"warning": "from the parent"}]
    assert is_held(journal.path)
    journal.close(keep=False)
    assert not journal.path.exists()


def test_a_descriptor_that_a_test_closed_is_opened_again(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path / "out.json", ID, {})
    journal.write("warning", "before")
    os.close(journal._file.descriptor)
    theirs = os.open(tmp_path / "theirs", os.O_RDWR | os.O_CREAT)  # gets the same number
    journal.write("warning", "after")
    assert _lines(journal.path)[1:] == [{"warning": "before"}, {"warning": "after"}]
    assert is_held(journal.path)
    journal.close(keep=False)
    os.close(theirs)
    assert (tmp_path / "theirs").read_bytes() == b""


def test_what_took_its_place_is_left_alone(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path / "out.json", ID, {})
    journal.path.unlink()
    journal.path.write_text("another")
    os.close(journal._file.descriptor)
    with pytest.raises(OSError, match="another file"):
        journal.write("warning", "lost")
    journal.close(keep=False)
    assert journal.path.read_text() == "another"


def test_it_is_as_private_as_the_output(tmp_path: Path) -> None:
    output = tmp_path / "out.json"
    output.touch(0o600)
    journal = Journal.begin(output, ID, {})
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
    journal.close(keep=False)


names = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1)


@given(names, st.integers(1, LIMIT))
def test_its_name_fits_and_is_its_own(text: str, length: int) -> None:
    name = (text * length).encode()[:length].decode(errors="ignore") or "x"
    assume(name not in {".", ".."})  # directories
    output, other = Path(name), Path(("y" if name[-1] != "y" else "z").join((name[:-1], "")))
    path, own = journal_path(output), journal_path(output, ID)
    for each in (path, own):
        assert len(os.fsencode(each.name)) <= LIMIT
        assert each.name.endswith(".journal")
    assert ID in own.name
    if len(os.fsencode(name)) + len(".journal") <= LIMIT:
        assert path.name == f"{name}.journal"
    assert path != journal_path(other)


@pytest.mark.parametrize("length", [1, 200, 233, 234, 235, 246, 247, 248, LIMIT])
def test_orphans_are_found_under_names_of_any_length(tmp_path: Path, length: int) -> None:
    output = tmp_path / ("x" * length)
    for number in range(2):
        Journal.begin(output, f"{number:012x}", {}).close(keep=True)
    another = Journal.begin(tmp_path / ("y" * length), ID, {})
    third = Journal.begin(output, f"{2:012x}", {})
    assert len(third.orphans) == 2
    assert another.path not in third.orphans
    third.close(keep=False)
    another.close(keep=False)


def test_the_journals_of_longer_names_are_not_its_own(tmp_path: Path) -> None:
    Journal.begin(tmp_path / "out.json.bak", ID, {}).close(keep=True)
    journal = Journal.begin(tmp_path / "out.json", ID, {})
    assert journal.orphans == []
    journal.close(keep=False)


@given(st.lists(st.binary(max_size=40)))
def test_lines_that_cannot_be_read_are_none(lines: list[bytes]) -> None:
    with TemporaryDirectory() as directory:
        path = Path(directory) / "journal"
        text = b'{"head":{}}\n' + b"\n".join(lines)
        path.write_bytes(text)
        found = _lines(path)
    assert found[0] == {"head": {}}
    assert len(found) == text.count(b"\n") + (not text.endswith(b"\n"))
    assert all(line is None or isinstance(line, dict) for line in found)


def test_a_last_line_without_its_end_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_text(json.dumps({"head": {}}) + "\n" + json.dumps({"warning": "x"}))
    assert _lines(path) == [{"head": {}}, None]
