"""The commit that a session tests."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

_TIMEOUT_S: Final = 5.0
# GitHub Docs, "Variables reference"; GitLab Docs, "Predefined CI/CD variables reference".
_OF_CI: Final = ("GITHUB_SHA", "CI_COMMIT_SHA")
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
    return ran.stdout.decode("ascii", "replace").strip() if ran.returncode == 0 else None
