"""The recipes that publish pages, run with a repository in place of the service."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from examples import ROOT, blocks_of

PAGE = ROOT / "docs" / "how-to" / "publish-pages.md"
HAS_PAGES = all(map(find_spec, ("jinja2", "vl_convert")))


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
    commands = str(Path(sys.executable).parent)
    kept = {key: each for key, each in os.environ.items() if not key.startswith(("GIT", "CI"))}
    return {
        **kept,
        "HOME": str(tmp_path),
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTEST_ADDOPTS": "-p no:cacheprovider",
        "GITHUB_SHA": "0123abc",
        "BRANCH": "topic/one",
    }


def a_project(directory: Path) -> None:
    (directory / "tests").mkdir(parents=True)
    (directory / "tests" / "test_answer.py").write_text("def test_answer(): pass\n")


def steps(workflow: Any) -> Iterator[str]:
    (job,) = workflow["jobs"].values()
    for step in job["steps"]:
        if "run" in step and not step["run"].startswith("pip "):
            yield step["run"]


@pytest.mark.skipif(not HAS_PAGES, reason="the extra html is not installed")
def test_github_pages(tmp_path: Path, environment: dict[str, str]) -> None:
    """Two pushes to a branch: the second adds to the history that the first published."""
    workflow = recipe(".github/workflows/pages.yml")
    git(tmp_path, "init", "-q", "--bare", "origin")
    origin = str(tmp_path / "origin")
    for number in range(2):
        project = tmp_path / f"run{number}"
        git(tmp_path, "clone", "-q", origin, str(project))
        if number == 0:
            a_project(project)
            git(project, "add", "tests")
            git(project, "commit", "-qm", "first")
            git(project, "push", "-q", "origin", "HEAD:main")
        else:
            git(project, "switch", "-q", "main")
        for script in steps(workflow):
            run(script, project, environment)
    listed = git(tmp_path / "origin", "ls-tree", "-r", "--name-only", "gh-pages").splitlines()
    pages = [each for each in listed if each.endswith(".html")]
    assert pages == ["topic/one/index.html", "topic/one/report.html"]
    assert len([each for each in listed if each.startswith("topic/one/history/")]) == 2
    assert len(listed) == 4


@pytest.mark.skipif(not HAS_PAGES, reason="the extra html is not installed")
def test_gitlab_pages(tmp_path: Path, environment: dict[str, str]) -> None:
    workflow = recipe(".gitlab-ci.yml")
    a_project(tmp_path / "project")
    job = workflow["energy"]
    for key in ("before_script", "script", "after_script"):
        for script in job[key]:
            if not script.startswith("pip "):
                run(script, tmp_path / "project", environment)
    public = tmp_path / "project" / "public"
    assert {path.name for path in public.iterdir()} == {"index.html", "report.html"}
    assert job["artifacts"]["paths"] == workflow["pages"]["artifacts"]["paths"] == ["public"]
