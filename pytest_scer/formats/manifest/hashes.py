"""Hashes of records, so that a reader sees whether one was edited."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

_SHORT: Final = 12


def canonical(record: Any) -> str:
    """The one text of a record, whatever its layout, for its hash."""
    return json.dumps(_floats(record), sort_keys=True, ensure_ascii=True, default=str)


def _floats(node: Any) -> Any:
    """The same with all numbers as floats: YAML and JSON keep no difference between 1 and 1.0."""
    if isinstance(node, Mapping):
        return {str(key): _floats(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_floats(value) for value in node]
    return float(node) if type(node) is int and abs(node) < 2**53 else node


def sha256_of(record: Any) -> str:
    """The SHA-256 of a record."""
    return sha256_of_text(canonical(record))


def short(sha256: str) -> str:
    """As much of a hash as a label shows."""
    return sha256[:_SHORT]


def sha256_of_text(text: str) -> str:
    """The SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()
