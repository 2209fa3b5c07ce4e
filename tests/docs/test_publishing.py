"""The recipes that publish pages, run with a repository in place of the service.

The commands that measure and write pages are stand-ins here: the page of the recipes runs the real
ones (``test_workflows``).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from examples import ROOT, blocks_of

PAGE = ROOT / "docs" / "how-to" / "publish-pages.md"
STAND_INS = {
    "pip": "",
    # pytest --scer-history DIR --scer-output PAGE tests
    "pytest": 'touch "$2/$(date +%s%N).json" "$4"',
    # pytest-scer history DIR -o PAGE
    "pytest-scer": 'touch "$4"',
}


def recipe(name: str) -> Any:
    yaml: Any = pytest.importorskip("yaml")
    blocks = blocks_of(PAGE.read_text(encoding="utf-8"))
    return yaml.safe_load(next(b.text for b in blocks if b.attributes.get("title") == name))


def run(script: str, directory: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def git(directory: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@localhost"]
    command = ["git", *identity, *arguments]
    return subprocess.run(
        command, cwd=directory, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    commands = tmp_path / "bin"
    commands.mkdir()
    for name, script in STAND_INS.items():
        (commands / name).write_text(f"#!/bin/sh\n{script}\n")
        (commands / name).chmod(0o755)
    kept = {key: each for key, each in os.environ.items() if not key.startswith(("GIT", "CI"))}
    return {
        **kept,
        "HOME": str(tmp_path),
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_SHA": "0123abc",
        "BRANCH": "topic/one",
    }


def steps(workflow: Any) -> Iterator[str]:
    (job,) = workflow["jobs"].values()
    yield from (step["run"] for step in job["steps"] if "run" in step)


def test_github_pages(tmp_path: Path, environment: dict[str, str]) -> None:
    """Two pushes to a branch: the second adds to the history that the first published."""
    workflow = recipe(".github/workflows/pages.yml")
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "origin")
    origin = tmp_path / "origin"
    for number in range(2):
        project = tmp_path / f"run{number}"
        git(tmp_path, "clone", "-q", str(origin), str(project))
        if number == 0:
            (project / "test_it.py").write_text("def test_it(): pass\n")
            git(project, "add", "test_it.py")
            git(project, "commit", "-qm", "first")
            git(project, "push", "-q", "origin", "HEAD:main")
        for script in steps(workflow):
            run(script, project, environment)
    listed = git(origin, "ls-tree", "-r", "--name-only", "gh-pages").splitlines()
    assert [each for each in listed if each.endswith(".html")] == [
        "topic/one/index.html",
        "topic/one/report.html",
    ]
    assert len([each for each in listed if each.startswith("topic/one/history/")]) == 2
    assert len(listed) == 4


def test_gitlab_pages(tmp_path: Path, environment: dict[str, str]) -> None:
    workflow = recipe(".gitlab-ci.yml")
    job = workflow["energy"]
    for key in ("before_script", "script", "after_script"):
        for script in job[key]:
            run(script, tmp_path, environment)
    public = tmp_path / "public"
    assert {path.name for path in public.iterdir()} == {"index.html", "report.html"}
    assert job["artifacts"]["paths"] == workflow["pages"]["artifacts"]["paths"] == ["public"]
    assert workflow["pages"]["needs"] == ["energy"]
