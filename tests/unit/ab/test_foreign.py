"""Modules that did not come from a side's own copy."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from pytest_scer.ab.foreign import foreign_modules


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """A copy and the user's project, with the same package."""
    for name in ("tree", "project"):
        package = tmp_path / name / "src" / "package"
        package.mkdir(parents=True)
        for module in ("__init__", "part"):
            (package / f"{module}.py").touch()
    return tmp_path / "tree", tmp_path / "project"


def loaded(**files: Path | None) -> dict[str, ModuleType]:
    modules = {}
    for name, file in files.items():
        module = ModuleType(name.replace("__", "."))
        module.__file__ = None if file is None else str(file)
        modules[module.__name__] = module
    return modules


def found(modules: dict[str, ModuleType], places: tuple[Path, Path], *path: Path) -> list[str]:
    return [name for name, _ in foreign_modules(modules, *places, map(str, path))]


def test_the_copys_own_modules_are_fine(places: tuple[Path, Path]) -> None:
    tree, _ = places
    own = loaded(package=tree / "src/package/__init__.py", builtin=None)
    assert found(own, places) == []


def test_the_users_project_is_not_the_copy(places: tuple[Path, Path]) -> None:
    _, project = places
    package = project / "src" / "package"
    modules = loaded(package=package / "__init__.py", package__part=package / "part.py")
    assert found(modules, places) == ["package"]


def test_neither_is_an_installed_copy(places: tuple[Path, Path], tmp_path: Path) -> None:
    site = tmp_path / "site-packages"
    modules = loaded(package=site / "package/__init__.py", other=site / "other/__init__.py")
    assert found(modules, places) == ["package"]


def test_a_package_is_found_on_the_search_path(places: tuple[Path, Path], tmp_path: Path) -> None:
    tree, project = places
    for place in places:
        (place / "python").mkdir()
    (tree / "python" / "module.py").touch()
    modules = loaded(module=tmp_path / "module.py")
    assert found(modules, places) == []
    assert found(modules, places, tree / "python") == ["module"]
    assert found(modules, places, project / "python") == ["module"]


def test_the_standard_library_and_an_environment_in_the_project_are_fine(
    places: tuple[Path, Path], tmp_path: Path
) -> None:
    tree, project = places
    (tree / "json.py").touch()
    site = project / ".venv" / "lib" / "site-packages"
    modules = loaded(json=tmp_path / "json" / "__init__.py", library=site / "library.py")
    assert found(modules, places) == []
