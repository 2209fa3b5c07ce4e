"""Text that others chose, such as node IDs and file names, made safe to show."""

from __future__ import annotations

import re
from typing import Final

# Control characters (C0, delete, C1), line and paragraph separators, marks that change the
# direction of what follows (Unicode Standard Annex 9), the byte order mark, halves of surrogate
# pairs, and the noncharacters that XML excludes.
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff"
    "\ufffe\uffff]"
)
_SHORT: Final = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}
# GitHub Actions runs a line that begins with `::`, also after spaces, and `##[` anywhere in it
# (actions/runner, ActionCommand.cs).
_COMMAND: Final = re.compile(r"^(\s*):(?=:)|#(?=#\[)")


def visible(text: str) -> str:
    r"""Text on one line: characters that have no shape become escapes such as ``\x1b``.

    Args:
        text: Any text.
    """
    return _UNPRINTABLE.sub(lambda match: _escape(match[0]), text)


def _escape(character: str) -> str:
    code = ord(character)
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def harmless(text: str) -> str:
    """Text for a log: visible characters, and no commands to the CI runner that reads it.

    Args:
        text: One or more lines.
    """
    return "\n".join(uncommanded(visible(line)) for line in text.split("\n"))


def uncommanded(line: str) -> str:
    r"""A line that is no workflow command of GitHub Actions: ``::error::`` gets a backslash.

    (GitHub Docs, "Workflow commands for GitHub Actions".)

    Args:
        line: A line to print, whatever is printed before it.
    """
    return _COMMAND.sub(lambda match: f"{match[1] or ''}\\{match[0][-1]}", line)
