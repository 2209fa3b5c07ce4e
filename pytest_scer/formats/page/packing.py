"""Data in a page: JSON that scripts read, never markup."""

from __future__ import annotations

import base64
import gzip
from typing import Any, Final

from markupsafe import Markup

PACKED_FROM: Final = 50_000
"""Bytes from which data is compressed."""
_ESCAPES: Final = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028"}
"""Characters that could end a script element or its line; all of them only occur in strings."""


def data_block(name: str, value: Any) -> Markup:
    """Write a value into a script element that is no script.

    Args:
        name: Its name, for ``readData`` of ``assets/data.js``.
        value: The value, or its JSON in bytes. Without figures, NaN becomes null.

    Returns:
        The element: JSON, or compressed with gzip and encoded as base64 if it is long.
    """
    text = value if isinstance(value, bytes) else as_json(value)
    if len(text) >= PACKED_FROM:
        packed = base64.b64encode(gzip.compress(text, compresslevel=6, mtime=0)).decode()
        return _element(name, "application/gzip", packed)
    return _element(name, "application/json", escaped(text.decode()))


def as_json(value: Any) -> bytes:
    """JSON without NaN and infinity."""
    from pydantic_core import to_json

    return to_json(value, inf_nan_mode="null")


def escaped(text: str) -> str:
    """JSON that ends no element, whatever its strings contain."""
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return text


def _element(name: str, kind: str, content: str) -> Markup:
    # Nothing in it needs escaping: both forms lack "<" and "&", and the name is ours.
    return Markup(f'<script type="{kind}" id="data-{name}">{content}</script>')  # noqa: S704
