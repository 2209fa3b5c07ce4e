"""Functions from before a test could replace them."""

from __future__ import annotations

import builtins
import io
import os
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unittest.mock import Mock

import pytest

from pytest_scer.system import OpenFile, System, read_file

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")


def held() -> list[str]:
    return sorted(name for name in vars(System) if not name.startswith("_"))


def test_what_is_held_are_the_functions_of_the_system() -> None:
    for name in held():
        function = getattr(System, name)
        assert not isinstance(function, Mock)
        assert callable(function) or isinstance(function, int)


def test_freezegun_does_not_find_them() -> None:
    freezegun = pytest.importorskip("freezegun")
    before, real = {name: getattr(System, name) for name in held()}, time.perf_counter
    # It would make transformers import all that it has, and pandas crashes where time is frozen.
    with freezegun.freeze_time("2012-01-14", ignore=["transformers"]):
        assert time.perf_counter is not real
        assert {name: getattr(System, name) for name in held()} == before
        assert System.perf_counter() < System.perf_counter()
        assert System.utc_now().year >= 2025


def test_time_machine_does_not_move_the_time_of_day() -> None:
    time_machine = pytest.importorskip("time_machine")
    before = System.utc_now()
    with time_machine.travel(0, tick=False):
        assert datetime.now(timezone.utc).year == 1970
        assert timedelta(0) < System.utc_now() - before < timedelta(hours=1)


@on_linux
def test_files_are_read_whatever_tests_replace(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in (
        (os, "open"),
        (os, "read"),
        (os, "close"),
        (builtins, "open"),
        (io, "open"),
    ):
        monkeypatch.setattr(module, name, Mock(side_effect=OSError))
    content = read_file("/proc/self/stat")
    monkeypatch.undo()
    assert content.startswith(str(os.getpid()).encode())


def test_a_file_larger_than_one_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(200_000))
    assert read_file(str(tmp_path / "file")) == bytes(200_000)


def test_a_descriptor_that_became_another_files(tmp_path: Path) -> None:
    mine = OpenFile(os.open(tmp_path / "mine", os.O_RDWR | os.O_CREAT))
    assert mine.is_open()
    os.close(mine.descriptor)
    assert not mine.is_open()
    theirs = os.open(tmp_path / "theirs", os.O_RDWR | os.O_CREAT)
    assert theirs == mine.descriptor
    assert not mine.is_open()
    mine.close()
    os.write(theirs, b"still open")
    os.close(theirs)


def test_closing_twice(tmp_path: Path) -> None:
    file = OpenFile(os.open(tmp_path / "mine", os.O_RDWR | os.O_CREAT))
    file.close()
    file.close()
