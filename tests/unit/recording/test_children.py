"""The names of child processes. Not simulated: real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_scer.recording.children import Children

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists children")
CHILDREN = Children(list)


def test_the_children_that_are_alive() -> None:
    pids = [3, 1, 3]
    assert Children(lambda: pids).alive() == {1, 3}


@pytest.mark.parametrize("name", ["sleep", "a program of a long name", "od) d (", "caf\udce9"])
def test_the_name_of_a_program(tmp_path: Path, name: str) -> None:
    program = tmp_path / name
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "60"]) as child:
        while not Path(f"/proc/{child.pid}/cmdline").read_bytes():  # it is about to have one
            pass
        names = list(CHILDREN.names([child.pid]))
        child.kill()
    assert names == [name.replace("\udce9", r"\xe9")]


def test_one_that_has_ended_has_no_name() -> None:
    with subprocess.Popen(["true"]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # a zombie now
        assert list(CHILDREN.names([child.pid])) == []
    assert list(CHILDREN.names([child.pid])) == []


def test_helpers_of_python_have_none() -> None:
    code = "import multiprocessing.resource_tracker; input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as child:
        while b"resource_tracker" not in Path(f"/proc/{child.pid}/cmdline").read_bytes():
            pass
        assert list(CHILDREN.names([child.pid])) == []
        child.communicate(b"\n")
