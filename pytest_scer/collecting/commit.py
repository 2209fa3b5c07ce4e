"""The commit that a session tests, and its branch."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

from pytest_scer.core.text import printable

_TIMEOUT_S: Final = 5.0
# GitHub Docs, "Variables reference"; GitLab Docs, "Predefined CI/CD variables reference".
_OF_CI: Final = ("GITHUB_SHA", "CI_COMMIT_SHA")
# The same documents. The variable of a pull request comes first: there the other names its merge.
_BRANCH_OF_CI: Final = (
    "GITHUB_HEAD_REF",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
    "GITHUB_REF_NAME",
    "CI_COMMIT_REF_NAME",
)
CHANGED: Final = " with uncommitted changes"


def commit_of(directory: Path) -> str | None:
    """Return the commit of a directory, and whether files differ from it; None if unknown.

    Without git, or where it refuses the directory, the commit is the one that CI states.

    Args:
        directory: The root directory of the tests.
    """
    head = _git(directory, "rev-parse", "--verify", "HEAD")
    if head is None:
        return next((sha for name in _OF_CI if (sha := os.environ.get(name))), None)
    changes = _git(directory, "status", "--porcelain", "--untracked-files=no")
    return head + (CHANGED if changes else "")


def branch_of(directory: Path) -> str | None:
    """Return the branch of a directory; None if unknown.

    In CI no branch is checked out as a rule; it is the one that CI states.

    Args:
        directory: The root directory of the tests.
    """
    branch = _git(directory, "symbolic-ref", "--short", "--quiet", "HEAD")
    stated = (name for key in _BRANCH_OF_CI if (name := os.environ.get(key)))
    return printable(branch or next(stated, "")) or None


def _git(directory: Path, *arguments: str) -> str | None:
    """The output of a git command that changes nothing; None if it fails."""
    try:
        ran = subprocess.run(  # noqa: S603 - fixed arguments
            ["git", "-C", str(directory), *arguments],  # noqa: S607 - as the user's shell finds it
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_TIMEOUT_S,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return ran.stdout.decode("utf-8", "replace").strip() if ran.returncode == 0 else None
