"""Modules that a side loaded from somewhere else than its own copy of the project."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Final

_ROOTS: Final = ("", "src")
"""Directories of a project from which packages are usually imported."""


def foreign_modules(
    modules: Mapping[str, ModuleType], tree: Path, project: Path, path: Iterable[str]
) -> list[tuple[str, str]]:
    """Modules that exist in the tree, or belong to the user's project, but came from elsewhere.

    Args:
        modules: Those that are loaded, as in ``sys.modules``.
        tree: This side's copy of the project.
        project: The user's project, of which it is a copy.
        path: Where modules are searched, as in ``sys.path``.

    Returns:
        Name and file of the topmost modules, sorted.
    """
    roots = list(dict.fromkeys((*(tree / root for root in _ROOTS), *_within(path, tree, project))))
    found = {
        name: file
        for name, module in sorted(modules.items())
        if (file := getattr(module, "__file__", None))
        and name.partition(".")[0] not in sys.stdlib_module_names
        and not _is_in(file, tree)
        and (_is_of_project(file, project) or _is_in_tree(name, roots))
    }
    return [
        (name, file)
        for name, file in found.items()
        if not any(name.startswith(f"{other}.") for other in found)
    ]


def _within(path: Iterable[str], tree: Path, project: Path) -> Iterator[Path]:
    """Directories of the search path inside the tree; those inside the project, as in the tree."""
    for entry in path:
        directory = Path(entry or ".").absolute()
        if directory.is_relative_to(tree):
            yield directory
        elif directory.is_relative_to(project):
            yield tree / directory.relative_to(project)


def _is_in(file: str, directory: Path) -> bool:
    path = Path(file)
    return path.is_relative_to(directory) or path.resolve().is_relative_to(directory.resolve())


def _is_of_project(file: str, project: Path) -> bool:
    """Whether a file is the project's own, not a library's that is installed in its directory."""
    return (
        _is_in(file, project)
        and "site-packages" not in Path(file).parts
        and not any(_is_in(file, Path(prefix)) for prefix in {sys.prefix, sys.base_prefix})
    )


def _is_in_tree(name: str, roots: Iterable[Path]) -> bool:
    """Whether a module of that name could have been imported from the tree."""
    relative = Path(*name.split("."))
    files = (relative / "__init__.py", relative.with_suffix(".py"))
    return any((root / file).is_file() for root in roots for file in files)
