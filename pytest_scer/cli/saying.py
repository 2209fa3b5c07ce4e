"""How the sub-commands print text for people."""

from __future__ import annotations

from pytest_scer.core.shown import harmless


def say(text: str) -> None:
    """Print text that may contain names from a file: visible, and no command to a CI runner.

    Args:
        text: One or more lines.
    """
    print(harmless(text))
