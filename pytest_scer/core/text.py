"""Text from outside: names and reasons that tests, file systems and other plugins supply."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""Return a text that every output can encode: lone surrogates become escapes.

    A file name that is not UTF-8 reaches Python with lone surrogates (PEP 383), and so does text
    that was cut within a character. No encoding has them, so one of them would fail a whole file,
    or a message between processes. ``\udce9`` is what pytest prints for it, too.

    Apply it once, where the text enters.
    """
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
