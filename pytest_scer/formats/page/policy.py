"""What a page may do: its Content-Security-Policy (W3C CSP Level 3)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable


def policy(scripts: Iterable[str], styles: Iterable[str]) -> str:
    """Return a policy under which a page runs what it was written with, and nothing else.

    No request leaves the page. Vega runs with ``ast: true``, so nothing evaluates text.

    Args:
        scripts: The content of each script.
        styles: The content of each style sheet.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(map(_hash, scripts))}",
            f"style-src {' '.join(map(_hash, styles))}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
