"""Parse JSON strictly, whoever wrote it."""

from __future__ import annotations

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


def brief(reason: object) -> str:
    """The reason of an error on one line of limited length."""
    text = " ".join(str(reason).split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
