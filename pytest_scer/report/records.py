"""Build dataclasses from rows of JSON."""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache
from typing import Any, TypeVar

_Record = TypeVar("_Record")


@lru_cache(maxsize=64)
def _names(kind: type) -> frozenset[str]:
    return frozenset(each.name for each in fields(kind))


def record(kind: type[_Record], data: dict[str, Any]) -> _Record:
    """Build a dataclass from its row, without what is calculated from the rest of it."""
    names = _names(kind)  # type: ignore[arg-type]
    return kind(**{name: value for name, value in data.items() if name in names})
