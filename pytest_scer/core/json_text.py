"""Parse JSON strictly, whoever wrote it, and files that may also be TOML."""

from __future__ import annotations

import sys
from typing import Any, Final

_SHOWN: Final = 200
"""Characters of a reason: it may quote what it refuses."""


def parse_json(text: str | bytes) -> Any:
    """Parse JSON.

    It accepts less than Python's ``json``: no NaN or infinity, no half of a surrogate pair, at most
    200 levels, and no integer of more than 4,300 digits.

    Raises:
        ValueError: The text is not JSON; the message says where.
    """
    from pydantic_core import from_json

    if not text.strip():
        raise ValueError("there is nothing in it")
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise ValueError(brief(error)) from None


def parse_table(text: str) -> Any:
    """Parse a TOML document or a JSON object.

    Raises:
        ValueError: The text is neither.
        RecursionError: It nests too deeply.
    """
    # A JSON object starts with a brace, a TOML document never does.
    if text.lstrip().startswith("{"):
        return parse_json(text)
    if sys.version_info >= (3, 11):
        import tomllib
    else:  # pytest brings tomli there
        import tomli as tomllib
    return tomllib.loads(text)


def brief(reason: object) -> str:
    """The reason of an error on one line of limited length."""
    text = " ".join(str(reason).split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
