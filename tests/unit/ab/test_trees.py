"""Copies of a repository leave the repository as it is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_scer.ab.trees import BadRepository, Repository, set_up, trees

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """Git in a new repository with one commit, whose index is older than its files."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "project"
    path.mkdir()

    def run(*arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        return subprocess.run(
            command, cwd=path, check=True, capture_output=True, text=True
        ).stdout.strip()

    run("init", "--quiet")
    (path / "file.txt").write_text("one")
    (path / "tool.sh").write_text("#!/bin/sh\n")
    (path / "tool.sh").chmod(0o755)
    (path / "link").symlink_to("file.txt")
    (path / "gone.txt").touch()
    (path / ".gitattributes").write_text("*.sh export-ignore\n")
    (path / ".gitignore").write_text("ignored\n")
    run("add", "--all")
    run("commit", "--quiet", "--message", "one")
    run("tag", "v1")
    return run


def state(project: Path) -> dict[str, bytes]:
    """Every file of a repository, those of git included."""
    files = (path for path in project.rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in files}


def test_a_commit_and_the_work_tree(tmp_path: Path, git: Git) -> None:
    project = tmp_path / "project"
    (project / "file.txt").write_text("two")
    (project / "gone.txt").unlink()
    (project / "new").mkdir()
    (project / "new" / "untracked.txt").write_text("new")
    (project / "ignored").touch()
    before = state(project)
    with trees(Repository(project), "v1", None) as (base, head):
        assert (base.path / "file.txt").read_text() == "one"
        assert (base.path / "tool.sh").stat().st_mode & 0o100
        assert (base.path / "link").readlink() == Path("file.txt")
        assert (base.path / "gone.txt").exists()
        assert (head.path / "file.txt").read_text() == "two"
        assert (head.path / "link").is_symlink()
        assert (head.path / "new" / "untracked.txt").read_text() == "new"
        assert not (head.path / "gone.txt").exists()
        assert not (head.path / "ignored").exists()
        for tree in (base, head):
            asked = ["git", "-C", str(tree.path), "describe", "--tags"]
            assert subprocess.run(asked, check=True, capture_output=True).stdout == b"v1\n"
        assert base.title == f"v1 ({git('rev-parse', 'v1')[:10]})"
        assert head.title == "the work tree"
    assert state(project) == before
    assert not base.path.parent.exists()


def test_what_a_side_wrote_is_removed_with_it(tmp_path: Path, git: Git) -> None:
    with trees(Repository(tmp_path / "project"), "HEAD", "v1") as (base, _):
        (base.path / "locked").mkdir()
        (base.path / "locked" / "file").touch()
        (base.path / "locked").chmod(0o500)
    assert not base.path.parent.exists()


def test_set_up_runs_in_the_copy_and_shows_why_it_failed(tmp_path: Path, git: Git) -> None:
    with trees(Repository(tmp_path / "project"), "HEAD", None) as (base, _):
        set_up(base, "echo made > made.txt")
        assert (base.path / "made.txt").read_text() == "made\n"
        with pytest.raises(BadRepository, match=r"failed in BASE, HEAD .*\(exit 3\):\nwhy"):
            set_up(base, "echo why; exit 3")


def test_in_a_hook_of_git_its_variables_are_not_followed(
    tmp_path: Path, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    with trees(Repository(tmp_path / "project"), "HEAD", None) as (base, head):
        assert (base.path / "file.txt").read_text() == (head.path / "file.txt").read_text()


def test_an_option_is_no_commit(tmp_path: Path, git: Git) -> None:
    for name in ("--all", "no-such-branch", "HEAD:file.txt"):
        with pytest.raises(BadRepository, match="is no commit of this repository"):
            Repository(tmp_path / "project").commit(name)


IS_KILLED = """
import os, sys
from pathlib import Path
from pytest_scer.ab.trees import Repository, trees

with trees(Repository(Path(sys.argv[1])), "HEAD", None) as (base, _):
    base.path.chmod(0o500)
    os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such locks")
def test_what_a_killed_one_left_is_removed_by_the_next(tmp_path: Path, git: Git) -> None:
    project = tmp_path / "project"
    killed = subprocess.run([sys.executable, "-c", IS_KILLED, str(project)], check=False)
    assert killed.returncode == -9
    (left,) = tmp_path.glob("pytest-scer-ab-*")
    with trees(Repository(project), "HEAD", None):
        assert not left.exists()
        with trees(Repository(project), "HEAD", None):  # another process, for all it knows
            assert len(list(tmp_path.glob("pytest-scer-ab-*"))) == 2
    assert not list(tmp_path.glob("pytest-scer-ab-*"))
