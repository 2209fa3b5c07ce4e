"""Copies of two states of a git repository, in a private directory that is removed at the end.

The user's repository is only read: files come from its object store through the copy's own index,
and no work tree is registered in it. Each copy is also a repository (a shared clone), because some
build tools ask git for a version.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.workers.shared_directory import remove_abandoned, use

_PREFIX: Final = "pytest-scer-ab-"
_NAMES: Final = re.compile(rf"{_PREFIX}\w+")
_NO_HOOKS: Final = ("-c", f"core.hooksPath={os.devnull}")
_OF_A_HOOK: Final = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
"""Environment variables that git sets for its hooks and that point to one repository."""
_SUBMODULE: Final = "160000"
_SHOWN: Final = 20
"""Number of lines of a failed command's output that an error shows."""


class BadRepository(ValueError):
    """There is nothing to compare; the message says why, and what to do about it."""


@dataclass(frozen=True)
class Tree:
    """A copy of one state of the project.

    Attributes:
        name: ``BASE`` or ``HEAD``.
        title: What it is a copy of, as in ``main (1a2b3c4d5e)``.
        path: Its top directory.
        directory: Where to run pytest in it.
    """

    name: str
    title: str
    path: Path
    directory: Path


class Repository:
    """The user's repository."""

    def __init__(self, directory: Path) -> None:
        """Find the repository.

        Args:
            directory: The working directory of the command.

        Raises:
            BadRepository: The directory is in no git repository, or git is not installed.
        """
        if shutil.which("git") is None:
            raise BadRepository("git is not installed, or not on PATH")
        self.directory = directory.resolve()
        try:
            self.top = Path(_git(self.directory, "rev-parse", "--show-toplevel").strip()).resolve()
        except BadRepository as error:
            raise BadRepository(
                f"{directory} is not in a work tree of a git repository: {error}"
            ) from None
        self.relative = self.directory.relative_to(self.top)

    def commit(self, name: str) -> str:
        """The full hash of a commit.

        Raises:
            BadRepository: There is no such commit here.
        """
        try:
            found = _git(self.top, "rev-parse", "--verify", "--quiet", "--end-of-options",
                         f"{name}^{{commit}}")  # fmt: skip
        except BadRepository:
            raise BadRepository(
                f"{name!r} is no commit of this repository; in CI, fetch it first: "
                "fetch-depth: 0 (GitHub), GIT_DEPTH: 0 (GitLab), or git fetch origin BRANCH"
            ) from None
        return found.strip()

    def head(self) -> str | None:
        """The checked-out commit; None before the first commit."""
        try:
            return self.commit("HEAD")
        except BadRepository:
            return None


@contextmanager
def trees(repository: Repository, base: str, head: str | None) -> Iterator[tuple[Tree, Tree]]:
    """Yield copies of two states; afterwards, remove them with everything written into them.

    Args:
        repository: The user's repository.
        base: A commit.
        head: A commit; None for the work tree as it is, with untracked files that are not ignored.

    Raises:
        BadRepository: A copy cannot be made.
    """
    remove_abandoned(Path(tempfile.gettempdir()), _NAMES, _remove)
    place = Path(tempfile.mkdtemp(prefix=_PREFIX)).resolve()
    users = use(place)
    try:
        commit = repository.commit(base)
        _check_out(repository.top, commit, place / "base")
        titles = [f"{base} ({commit[:10]})"]
        if head is None:
            _copy_work_tree(repository, place / "head")
            titles.append("the work tree")
        else:
            commit = repository.commit(head)
            _check_out(repository.top, commit, place / "head")
            titles.append(f"{head} ({commit[:10]})")
        made = [
            Tree(name, title, place / name.lower(), place / name.lower() / repository.relative)
            for name, title in zip(("BASE", "HEAD"), titles, strict=True)
        ]
        for tree in made:
            if not tree.directory.is_dir():
                raise BadRepository(
                    f"{tree.name}, {tree.title}, has no directory {repository.relative}: run the "
                    "command where both sides have their tests"
                )
        yield made[0], made[1]
    finally:
        users.close()
        _remove(place)


def set_up(tree: Tree, command: str) -> None:
    """Run the user's command in a copy, for example to create a virtual environment.

    Raises:
        BadRepository: It failed; the message ends with its last lines.
    """
    done = subprocess.run(  # noqa: S602 - it is the user's own command line
        command,
        shell=True,
        cwd=tree.directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        last = "\n".join(done.stdout.splitlines()[-_SHOWN:])
        raise BadRepository(
            f"--setup failed in {tree.name}, {tree.title} (exit {done.returncode}):\n{last}"
        )


def _check_out(repository: Path, commit: str, tree: Path) -> None:
    """Write all files of a commit, including those of its submodules."""
    index = _clone(repository, commit, tree)
    # In the user's repository, not the clone: filters such as Git LFS find their objects there.
    _git(repository, "checkout-index", "--all", "--force", f"--prefix={tree}{os.sep}", index=index)
    for path, wanted in _submodules(repository, index):
        submodule = repository / path
        if _is_repository(submodule):
            try:
                _check_out(submodule, wanted, tree / path)
            except BadRepository:
                raise BadRepository(
                    f"submodule {path}: its commit {wanted[:10]} is not here; run git submodule "
                    "update --init, or git fetch in it"
                ) from None


def _copy_work_tree(repository: Repository, tree: Path) -> None:
    """Copy tracked files as they are, and untracked ones that are not ignored."""
    head = repository.head()
    _clone(repository.top, head, tree)
    submodules = dict(_submodules(repository.top, None))
    for path, wanted in submodules.items():
        _check_clean(repository.top / path, path, wanted)
        if _is_repository(repository.top / path):
            _check_out(repository.top / path, wanted, tree / path)
    listed = _git(
        repository.top, "ls-files", "-z", "--cached", "--others", "--exclude-standard"
    ).split("\0")
    for name in dict.fromkeys(filter(None, listed)):
        source, target = repository.top / name, tree / name
        if name in submodules or not os.path.lexists(source):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir() and not source.is_symlink():  # a repository within this one
            ignore = shutil.ignore_patterns(".git")
            shutil.copytree(source, target, symlinks=True, ignore=ignore, dirs_exist_ok=True)
        else:
            shutil.copy2(source, target, follow_symlinks=False)


def _check_clean(directory: Path, name: str, wanted: str) -> None:
    """Refuse a submodule whose files differ from those of its commit."""
    if not _is_repository(directory):
        return
    state = _git(directory, "status", "--porcelain").strip()
    if state or _git(directory, "rev-parse", "HEAD").strip() != wanted:
        raise BadRepository(
            f"submodule {name} has changes that are not committed, or another commit checked out "
            "than the one recorded: commit them, or name a commit for HEAD"
        )


def _clone(repository: Path, commit: str | None, tree: Path) -> Path:
    """Turn a copy into a repository that shares the user's objects; return its index."""
    common = _git(repository, "rev-parse", "--path-format=absolute", "--git-common-dir").strip()
    _git(repository, *_NO_HOOKS, "clone", "--quiet", "--shared", "--no-checkout", "--", common,
         str(tree))  # fmt: skip
    if commit is not None:
        _git(tree, "update-ref", "--no-deref", "HEAD", commit)
        _git(tree, "read-tree", commit)
    return tree / ".git" / "index"


def _submodules(repository: Path, index: Path | None) -> Iterator[tuple[str, str]]:
    for line in _git(repository, "ls-files", "-z", "--stage", index=index).split("\0"):
        mode, _, rest = line.partition(" ")
        if mode == _SUBMODULE:
            place, _, path = rest.partition("\t")
            yield path, place.partition(" ")[0]


def _is_repository(directory: Path) -> bool:
    return (directory / ".git").exists()


def _git(directory: Path, *arguments: str, index: Path | None = None) -> str:
    """Run git and return its output.

    Raises:
        BadRepository: It failed; the message is git's.
    """
    environment: Mapping[str, str] = {
        **{name: value for name, value in os.environ.items() if name not in _OF_A_HOOK},
        # Do not refresh the user's index.
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
        **({} if index is None else {"GIT_INDEX_FILE": str(index)}),
    }
    done = subprocess.run(  # noqa: S603 - no shell is involved
        ["git", *arguments],  # noqa: S607 - the git that the user has
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=False,
    )
    if done.returncode:
        raise BadRepository(done.stderr.strip() or f"git {arguments[0]} failed")
    return done.stdout


def _remove(place: Path) -> None:
    """Remove a directory, including anything that tests made read-only."""
    for directory, _, _ in os.walk(place):
        os.chmod(directory, 0o700)
    shutil.rmtree(place, ignore_errors=True)
