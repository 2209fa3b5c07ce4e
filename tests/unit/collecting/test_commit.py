"""The commit of the tests, from git or from CI."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pytest_scer.collecting.commit import CHANGED, commit_of

IDENTITY = ["-c", "user.name=a", "-c", "user.email=a@example.org"]


@pytest.fixture(autouse=True)
def no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_SHA", "CI_COMMIT_SHA"):
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
