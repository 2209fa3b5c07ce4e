"""The rooms of the package; ``lint-imports`` keeps the imports between them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

UNIT = Path(__file__).parent
PACKAGE = UNIT.parents[1] / "pytest_scer"
ROOMS = sorted(path.parent for path in PACKAGE.rglob("__init__.py"))
# A room's own description, and the tests of what several of its modules do together.
OF_A_ROOM = {"test_structure.py", "test_contract.py"}


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: str(room.relative_to(PACKAGE.parent)))
def test_a_room_says_what_happens_in_it(room: Path) -> None:
    docstring = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8")))
    assert docstring


@pytest.mark.parametrize(
    "test",
    sorted(path for path in UNIT.rglob("test_*.py") if path.name not in OF_A_ROOM),
    ids=lambda test: str(test.relative_to(UNIT)),
)
def test_unit_tests_mirror_the_package(test: Path) -> None:
    tested = PACKAGE / test.relative_to(UNIT).with_name(test.name.removeprefix("test_"))
    assert tested.is_file(), f"{test.relative_to(UNIT)} has no module {tested.name}"
