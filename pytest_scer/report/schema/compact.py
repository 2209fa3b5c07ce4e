"""A test in its compact form, as it stands in a journal; see :mod:`pytest_scer.report.compact`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, Strict, TypeAdapter

from pytest_scer.report.schema.figures import Count, Figure, Finite, Missing, Signed
from pytest_scer.report.schema.tests import Outcome


def _in_pairs(readings: list[list[Any]]) -> list[list[Any]]:
    """Readings, of which there are two for each time span, with their values checked."""
    if not readings or len(readings) % 2:
        raise ValueError("a reading is missing")
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
_LENGTHS: Final = (6, 8, len(_READING))
"""How many of them there are: the rest have their defaults."""


_Spans = Annotated[list[list[Any]], AfterValidator(_in_pairs)] | None
Compact = tuple[
    str,
    Outcome,
    str,
    str,
    Annotated[Count, Field(ge=1)],
    list[str],
    Signed | None,
    tuple[Finite, Finite, Finite],
    _Spans,
    _Spans,
    _Spans,
]
