"""Mutations of text files, as a disk, an editor or an attacker makes them."""

from __future__ import annotations

import codecs
import re
from random import Random

from hypothesis import strategies as st

# A value of JSON, YAML or TOML: a string, a number or a word; a key has a colon behind it.
_VALUE = re.compile(
    r'"(?:[^"\\]|\\.)*"(?P<key>\s*:)?|-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b|\b(?:true|false|null)\b'
)
_NUMBERS = (
    *("0", "-0.0", "-1", "1", "0.5", "2", "3600", "1e-9", "1e9", "1e30", "1e60", "1e61", "1e308"),
    *("-1e308", "1e999", "5e-324", "1e-999", "99999999999", "9" * 400, "0." + "0" * 400 + "1"),
)
_STRINGS = (
    *('""', '"0"', '"1.5"', '"nan"', '"cpu"', '"tpu"', '"ok"', '"exceeded"', '"training"', '"  "'),
    *('"absent"', '"modelled"', '"all"', '"regression"', '"J"', '"W per token"', '"5 bananas"'),
    *('"gCO2e per 3 tokens"', '"1e400 J"', '"1 J per 1e-300 token"', '"2026-03-01"', '"日本"'),
    *('"9999-12-31T23:59:59+00:00"', '"::error::x"', '"=1+1"', '"../../x"', '"\\u0000"'),
    *('"\\u001b[31m"', '"\\uffff"', '"a\\nb | `c` <b> &amp; \\u202e"', '"' + "x" * 100_000 + '"'),
)
_OTHERS = (
    *("null", "true", "false", "[]", "{}", "[null]", "[[]]", "[0]", '["' + "x" * 3000 + '"]'),
    *('{"cpu": 1, "disk": 2}', '[{"nodeid": 1}]'),
)
_NO_VALUES = (
    *("NaN", "Infinity", "-Infinity", ".inf", ".nan", "0x1F", "1_000", "2024-13-01", "12:30:45"),
    *("*a", "&a", "~", "!", "|", ">", "-", ":", "#", '"\\ud800"', "9" * 5000),
    *("[" * 300 + "]" * 300, '{"a":' * 300 + "1" + "}" * 300),
)
"""None, or none that can be read, in JSON."""
_ODD_BYTES = (
    b"",
    b"\0",
    b"\xff",
    b"\xed\xa0\x80",
    b"\r",
    b"\x1b[2J",
    b'"',
    b"'",
    b"{",
    b"}",
    b"]",
    b",",
    b"\\",
    b"\n",
    b"%",
    b"::error::x\n",
    codecs.BOM_UTF8,
    b"[" * 1000,
    b"- " * 500,
    b"{a: " * 300,
)
_ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "utf-7", "cp037")


class Mutant(bytes):
    """A mutated file, which a failure does not print as a whole."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


def mutations(original: bytes, part: int) -> st.SearchStrategy[Mutant]:
    """A file with other values in the places of some, or with rougher damage.

    Args:
        original: The file.
        part: Another part of the mutations is tried with each number.
    """
    numbers = st.integers(0, 2**64)
    return numbers.map(lambda number: _mutated(original, Random(f"{part} {number}")))


def _mutated(original: bytes, random: Random) -> Mutant:
    data = original
    is_rough = random.random() < 0.25
    ways = (_line, _slice, _bytes, _encoding) if is_rough else (_value,)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        data = random.choice(ways)(random, data)
    return Mutant(data)


def _value(random: Random, data: bytes) -> bytes:
    """Another value in the place of one, mostly of its type: odd, or from elsewhere in the file."""
    text = data.decode("utf-8", "replace")
    found = [each for each in _VALUE.finditer(text) if not each["key"]]
    if not found:
        return data
    place = random.choice(found)
    of_its_type = _STRINGS if place[0].startswith('"') else _NUMBERS
    elsewhere = [random.choice(found)[0]]
    odd = random.choice(
        random.choice((of_its_type, of_its_type, of_its_type, elsewhere, _OTHERS, _NO_VALUES))
    )
    return (text[: place.start()] + odd + text[place.end() :]).encode("utf-8", "replace")


def _line(random: Random, data: bytes) -> bytes:
    """A line that is missing, there twice, or in another place."""
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    line = lines.pop(random.randrange(len(lines)))
    for _ in range(random.randint(0, 2)):
        lines.insert(random.randint(0, len(lines)), line)
    return b"".join(lines)


def _slice(random: Random, data: bytes) -> bytes:
    """A part that is missing: the end, the start, or the middle."""
    start = random.randint(0, len(data))
    end = random.choice((len(data), min(start + 20, len(data))))
    return data[:start] + data[end:] if random.random() < 0.5 else data[start:end]


def _bytes(random: Random, data: bytes) -> bytes:
    """Other bytes in the place of some."""
    start = random.randint(0, len(data))
    return data[:start] + random.choice(_ODD_BYTES) + data[start + random.randint(0, 3) :]


def _encoding(random: Random, data: bytes) -> bytes:
    """Another encoding."""
    return data.decode("utf-8", "replace").encode(random.choice(_ENCODINGS), "replace")
