"""Read files that users, other tools and other versions wrote: the one place that opens them.

Whatever is wrong with a file becomes one :class:`BadFile`, whose message names it: it cannot be
read, is too large, has another encoding, or is not JSON.
"""

from __future__ import annotations

import codecs
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from pytest_scer.core.json_text import parse_json

MOST_BYTES: Final = 2**30
"""The largest file that is read: 1 GiB, a report of about 500,000 tests."""
MOST_BYTES_BY_HAND: Final = 2**24
"""The largest file of those that people write: 16 MiB."""
_CHUNK: Final = 2**20

# The marks of UTF-32 come first: that of its little-endian form begins with that of UTF-16.
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class BadFile(ValueError):
    """A file that cannot be used; the message names the file and what is wrong with it."""


def read_bytes(path: Path, most: int = MOST_BYTES) -> bytes:
    """Return the content of a file in UTF-8, without byte order mark.

    A file in UTF-16 or UTF-32 is converted if it begins with a byte order mark, as text saved on
    Windows does.

    Args:
        path: The file.
        most: The largest size in bytes.

    Raises:
        BadFile: The file cannot be read, is too large, or is in another encoding.
    """
    data = _content(path, most)
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding).encode()
            except UnicodeError:
                raise BadFile(f"{path}: damaged {encoding.upper()} text") from None
    # No format that is read begins with a NUL, or has one as its second character.
    if b"\0" in data[:2]:
        raise BadFile(
            f"{path}: looks like UTF-16 without a byte order mark: save the file in UTF-8"
        )
    return data.removeprefix(codecs.BOM_UTF8)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as it is, in hexadecimal digits.

    Raises:
        BadFile: The file cannot be read, or is too large.
    """
    return hashlib.sha256(_content(path, MOST_BYTES)).hexdigest()


def _content(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            is_plain = stat.S_ISREG(about.st_mode) and about.st_size <= most
            data = file.read() if is_plain else b"".join(_chunks(file, most))
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror or error}") from None
    except ValueError as error:  # a NUL in the path
        raise BadFile(f"{str(path)!r}: {error}") from None
    if len(data) > most:
        raise BadFile(f"{path}: larger than {most / 2**20:g} MiB")
    return data


def _chunks(file: BinaryIO, most: int) -> Iterator[bytes]:
    """Read a pipe or a device, which has no size, until there is more than may be read."""
    while most >= 0 and (chunk := file.read(min(_CHUNK, most + 1))):
        most -= len(chunk)
        yield chunk


def read_text(path: Path, most: int = MOST_BYTES) -> str:
    """Return the text of a file; see :func:`read_bytes`.

    Raises:
        BadFile: The file cannot be read, is too large, or is in another encoding.
    """
    return _decoded(read_bytes(path, most), path)


def _decoded(data: bytes, path: Path) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise BadFile(
            f"{path}: not UTF-8 (byte {error.start + 1}): save the file in this encoding"
        ) from None


def read_json(path: Path, expected: str) -> Any:
    """Read a JSON file.

    Args:
        path: The file.
        expected: What the file should be, for the message.

    Raises:
        BadFile: The file cannot be read, or is not JSON.
    """
    return parsed(read_bytes(path), path, expected)


def parsed(data: bytes, path: Path, expected: str) -> Any:
    """Parse the content of a JSON file; see :func:`read_json`."""
    try:
        return parse_json(data)
    except ValueError as error:
        _decoded(data, path)
        raise BadFile(f"{path}: not JSON ({error}); expected {expected}") from None
