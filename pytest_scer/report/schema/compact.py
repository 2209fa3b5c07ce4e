"""A test in its compact form, as it stands in a journal; see :mod:`pytest_scer.report.compact`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, Strict, TypeAdapter

from pytest_scer.report.schema.figures import Count, Figure, Finite, Missing, Signed
from pytest_scer.report.schema.tests import Outcome


def _checked(readings: list[list[Any]]) -> list[list[Any]]:
    """Readings with their values checked."""
    for values in readings:
        if len(values) not in _LENGTHS:
            raise ValueError("the values of a reading are missing")
        for value, adapter in zip(values, _READING, strict=False):
            adapter.validate_python(value)
    return readings


_SECONDS: Final = TypeAdapter(Annotated[Signed, Strict()])
_FIGURE: Final = TypeAdapter(Annotated[Figure, Strict()])
_MISSING: Final = TypeAdapter(Annotated[Missing, Strict()])
_COUNT: Final = TypeAdapter(Annotated[Count, Strict()])
_FAULT: Final = TypeAdapter(Annotated[str | None, Strict()])
_READING: Final[Sequence[TypeAdapter[Any]]] = [
    _SECONDS,
    *4 * [_MISSING],
    _FIGURE,
    *2 * [_COUNT],
    *2 * [_FAULT],
    *2 * [_FIGURE],
]
"""The values of a reading, in order."""
_LENGTHS: Final = (6, len(_READING))
"""How many of them there are: the rest may be as usual."""


def _complete(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row that says of each of its readings what is charged from it on."""
    charged, edges = row[-2:]
    if len(charged) != len(edges):
        raise ValueError("a reading is missing")
    return row


_Row = tuple[
    str,
    Outcome,
    str,
    str,
    Annotated[Count, Field(ge=1)],
    list[str],
    Signed | None,
    tuple[Finite, Finite, Finite],
    Annotated[str, Field(pattern=r"^([sct.]*\.)?$")],
    Annotated[list[list[Any]], AfterValidator(_checked)],
]
Compact = Annotated[_Row, AfterValidator(_complete)]
