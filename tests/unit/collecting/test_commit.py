"""The commit of the tests, from git or from CI."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pytest_scer.collecting.commit import CHANGED, checkout_of

BRANCH_OF_CI = (
    "GITHUB_HEAD_REF",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
    "GITHUB_REF_NAME",
    "CI_COMMIT_REF_NAME",
)
IDENTITY = ["-c", "user.name=a", "-c", "user.email=a@example.org"]


@pytest.fixture(autouse=True)
def no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    tags = ("GITHUB_REF_TYPE", "CI_COMMIT_TAG")
    for name in ("GITHUB_SHA", "CI_COMMIT_SHA", *BRANCH_OF_CI, *tags):
        monkeypatch.delenv(name, raising=False)


def git(path: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *IDENTITY, *arguments], cwd=path, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_commit_and_whether_files_differ(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert checkout_of(tmp_path).commit is None
    (tmp_path / "a.py").write_text("1")
    git(tmp_path, "add", "a.py")
    git(tmp_path, "commit", "-q", "-m", "first")
    head = git(tmp_path, "rev-parse", "HEAD")
    (tmp_path / "report.json").write_text("not tracked")
    assert checkout_of(tmp_path).commit == head
    (tmp_path / "a.py").write_text("2")
    assert checkout_of(tmp_path).commit == head + CHANGED


def test_without_git_ci_states_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert checkout_of(tmp_path).commit is None
    monkeypatch.setenv("CI_COMMIT_SHA", "0123abc")
    assert checkout_of(tmp_path).commit == "0123abc"


def test_the_branch_that_is_checked_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert checkout_of(tmp_path).branch is None
    git(tmp_path, "init", "-q", "-b", "schn\u00e4ller")
    monkeypatch.setenv("GITHUB_REF_NAME", "of CI")
    assert checkout_of(tmp_path).branch == "schn\u00e4ller"


def test_ci_states_the_branch_of_a_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "first")
    git(tmp_path, "checkout", "-q", "--detach")
    assert checkout_of(tmp_path).branch is None
    monkeypatch.setenv("GITHUB_REF_NAME", "7/merge")
    assert checkout_of(tmp_path).branch == "7/merge"
    monkeypatch.setenv("GITHUB_HEAD_REF", "faster")
    assert checkout_of(tmp_path).branch == "faster"


@pytest.mark.parametrize(
    ("name", "of_tag"),
    [
        ("GITHUB_REF_NAME", ("GITHUB_REF_TYPE", "tag")),
        ("CI_COMMIT_REF_NAME", ("CI_COMMIT_TAG", "v1.0")),
    ],
)
def test_a_tag_is_no_branch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, of_tag: tuple[str, str]
) -> None:
    monkeypatch.setenv(name, "v1.0")
    assert checkout_of(tmp_path).branch == "v1.0"
    monkeypatch.setenv(*of_tag)
    assert checkout_of(tmp_path).branch is None
