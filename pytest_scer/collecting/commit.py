"""The commit that a session tests, and its branch."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

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
_STATUS: Final = (
    "status",
    "--porcelain=v2",
    "--branch",
    "--no-ahead-behind",
    "--untracked-files=no",
)
_UNBORN: Final = "(initial)"
_DETACHED: Final = "(detached)"
CHANGED: Final = " with uncommitted changes"


class Checkout(NamedTuple):
    """What is checked out in a directory.

    Attributes:
        commit: The commit, and whether files differ from it; None if unknown. Without git, or where
            it refuses the directory, the commit is the one that CI states.
        branch: The branch; None if unknown. In CI no branch is checked out as a rule; it is the one
            that CI states.
    """

    commit: str | None
    branch: str | None


def checkout_of(directory: Path) -> Checkout:
    """Return the commit and the branch of a directory.

    Args:
        directory: The root directory of the tests.
    """
    headers, changes = _status(directory)
    commit = headers.get("oid", _UNBORN)
    branch = headers.get("head", _DETACHED)
    return Checkout(
        _stated(_OF_CI) if commit == _UNBORN else commit + (CHANGED if changes else ""),
        _branch("" if branch == _DETACHED else branch),
    )


def _branch(checked_out: str) -> str | None:
    if not checked_out and _is_of_tag():
        return None
    return printable(checked_out or _stated(_BRANCH_OF_CI) or "") or None


def _stated(names: Sequence[str]) -> str | None:
    """The first of these variables that CI has set."""
    return next((value for name in names if (value := os.environ.get(name))), None)


def _is_of_tag() -> bool:
    """Whether CI runs for a tag: what it states is the tag's name then."""
    return os.environ.get("GITHUB_REF_TYPE") == "tag" or bool(os.environ.get("CI_COMMIT_TAG"))


def _status(directory: Path) -> tuple[dict[str, str], bool]:
    """What is checked out, and whether tracked files differ from it, in one call of git.

    The form is version 2 of git-status(1), with first lines such as ``# branch.oid COMMIT``.
    """
    marks = (each / ".git" for each in (directory, *directory.parents))
    if "GIT_DIR" not in os.environ and not any(mark.exists() for mark in marks):
        return {}, False
    try:
        ran = subprocess.run(  # noqa: S603 - fixed arguments
            ["git", "-C", str(directory), *_STATUS],  # noqa: S607 - as the user's shell finds it
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_TIMEOUT_S,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return {}, False
    if ran.returncode != 0:
        return {}, False
    lines = ran.stdout.decode("utf-8", "replace").splitlines()
    start = "# branch."
    headers = [line.removeprefix(start) for line in lines if line.startswith(start)]
    changes = any(not line.startswith("#") for line in lines)
    return {key: value for key, _, value in (line.partition(" ") for line in headers)}, changes
