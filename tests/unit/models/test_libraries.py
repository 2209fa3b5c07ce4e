"""Which libraries are really there."""

from __future__ import annotations

import json
import sys
from types import ModuleType
from typing import Any, NoReturn
from unittest.mock import MagicMock

import pytest

from pytest_scer.models.libraries import function_of, loaded_module


class Raising(ModuleType):
    """A stub of the kind that names what a test must not use."""

    def __getattr__(self, name: str) -> NoReturn:
        raise RuntimeError(name)


def test_a_module_that_is_loaded() -> None:
    assert loaded_module("json") is vars(json)
    assert function_of("json", "dumps") is json.dumps


def test_a_module_that_is_not_loaded() -> None:
    assert loaded_module("no_such_module") is None
    assert function_of("no_such_module", "dumps") is None


@pytest.mark.parametrize(
    "stub",
    [MagicMock(), MagicMock(spec=json), None, 1, ModuleType("json"), Raising("json")],
    ids=["mock", "mock of it", "none", "number", "no file", "raising"],
)
def test_a_stub(monkeypatch: pytest.MonkeyPatch, stub: Any) -> None:
    monkeypatch.setitem(sys.modules, "json", stub)
    found = loaded_module("json"), function_of("json", "dumps")
    monkeypatch.undo()
    assert found == (None, None)


@pytest.mark.parametrize(
    "replaced", [MagicMock(), lambda: 1, len, None], ids=["mock", "lambda", "builtin", "none"]
)
def test_a_function_that_is_not_the_librarys(
    monkeypatch: pytest.MonkeyPatch, replaced: object
) -> None:
    monkeypatch.setattr(json, "dumps", replaced)
    assert function_of("json", "dumps") is None


def test_what_is_no_function() -> None:
    assert function_of("json", "JSONEncoder") is None
    assert function_of("json", "no_such_name") is None
