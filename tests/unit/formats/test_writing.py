"""Which formats there are."""

from __future__ import annotations

from pytest_scer.core import KINDS
from pytest_scer.formats.writing import _MODULES, load


def test_every_format_has_a_module() -> None:
    assert tuple(_MODULES) == KINDS
    load(KINDS)
