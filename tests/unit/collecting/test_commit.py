"""The commit of the tests, from git or from CI."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pytest_scer.collecting.commit import CHANGED, branch_of, commit_of

BRANCH_OF_CI = (
    "GITHUB_HEAD_REF",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
    "GITHUB_REF_NAME",
    "CI_COMMIT_REF_NAME",
)
IDENTITY = ["-c", "user.name=a", "-c", "user.email=a@example.org"]


@pytest.fixture(autouse=True)
def no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_SHA", "CI_COMMIT_SHA", *BRANCH_OF_CI):
        monkeypatch.delenv(name, raising=False)


def git(path: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *IDENTITY, *arguments], cwd=path, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_commit_and_whether_files_differ(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert commit_of(tmp_path) is None
    (tmp_path / "a.py").write_text("1")
    git(tmp_path, "add", "a.py")
    git(tmp_path, "commit", "-q", "-m", "first")
    head = git(tmp_path, "rev-parse", "HEAD")
    (tmp_path / "report.json").write_text("not tracked")
    assert commit_of(tmp_path) == head
    (tmp_path / "a.py").write_text("2")
    assert commit_of(tmp_path) == head + CHANGED


def test_without_git_ci_states_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit_of(tmp_path) is None
    monkeypatch.setenv("CI_COMMIT_SHA", "0123abc")
    assert commit_of(tmp_path) == "0123abc"


def test_the_branch_that_is_checked_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert branch_of(tmp_path) is None
    git(tmp_path, "init", "-q", "-b", "schn\u00e4ller")
    monkeypatch.setenv("GITHUB_REF_NAME", "of CI")
    assert branch_of(tmp_path) == "schn\u00e4ller"


def test_ci_states_the_branch_of_a_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "first")
    git(tmp_path, "checkout", "-q", "--detach")
    assert branch_of(tmp_path) is None
    monkeypatch.setenv("GITHUB_REF_NAME", "7/merge")
    assert branch_of(tmp_path) == "7/merge"
    monkeypatch.setenv("GITHUB_HEAD_REF", "faster")
    assert branch_of(tmp_path) == "faster"
