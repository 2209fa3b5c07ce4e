"""Modules that a side loaded from outside its own copy of the project."""

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
    """Modules of the tree or of the user's project that were loaded from elsewhere.

    Args:
        modules: The loaded modules, as in ``sys.modules``.
        tree: This side's copy of the project.
        project: The user's project, which the tree copies.
        path: The search path for modules, as in ``sys.path``.

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
    """Search path entries inside the tree; those inside the project, mapped to the tree."""
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
    """Whether a file is the project's own, not that of a library installed inside it."""
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
