"""The pieces of a label in SVG: lines of text that fit, and QR codes.

Text is stored as text, so that it can be searched, read aloud and translated. Dark on white has a
contrast of more than 15 : 1 (the highest level of WCAG 2.2 asks for 7 : 1), and labels stay white
on dark pages, as a QR code needs.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Final
from xml.sax.saxutils import escape

from pytest_scer.core.shown import visible
from pytest_scer.lazy_dataclass import dataclass

INK: Final = "#14213d"
PAPER: Final = "#ffffff"
SMALL: Final = 15.0
LINE: Final = 21.0
"""The height of a line of small text."""
FONT: Final = "DejaVu Sans, Verdana, Arial, Helvetica, sans-serif"
# Mean width of a character in em, in DejaVu Sans, the widest of these fonts.
_REGULAR_EM: Final = 0.55
_BOLD_EM: Final = 0.6
_WIDEST_EM: Final = 0.68
"""The width that a line in bold needs whatever its letters are."""


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text and its position; y is its baseline."""

    x: float
    y: float
    size: float
    text: str
    bold: bool = False
    ink: str = INK
    anchor: str = "start"

    def __str__(self) -> str:
        weight = ' font-weight="bold"' if self.bold else ""
        anchor = "" if self.anchor == "start" else f' text-anchor="{self.anchor}"'
        return (
            f'<text x="{self.x:g}" y="{self.y:g}" font-size="{self.size:g}" fill="{self.ink}"'
            f"{weight}{anchor}>{xml(self.text)}</text>"
        )


def xml(text: str) -> str:
    """Text in XML 1.0, which has no control characters, not even as references to them."""
    return escape(visible(text))


def fitted(x: float, y: float, size: float, text: str, room: float) -> Text:
    """Return a text in bold, at most ``size`` large and shrunk to fit ``room``."""
    return Text(x, y, min(size, room / (max(len(text), 1) * _WIDEST_EM)), text, bold=True)


def wrapped(text: str, room: float, *, bold: bool = False) -> list[str]:
    """Break a small text into lines that fit ``room``."""
    characters = int(room / (SMALL * (_BOLD_EM if bold else _REGULAR_EM)))
    return textwrap.wrap(text, max(characters, 1), break_on_hyphens=False)


def polygon(points: Iterable[tuple[float, float]], fill: str, *, stroke: str = "") -> str:
    """Draw a closed shape."""
    outline = f' stroke="{stroke}" stroke-width="2"' if stroke else ""
    listed = " ".join(f"{x:g},{y:g}" for x, y in points)
    return f'<polygon points="{listed}" fill="{fill}"{outline}/>'


def qr(address: str, x: float, y: float, size: float) -> str:
    """Draw a QR code with its quiet zone.

    Raises:
        ValueError: segno is not installed, or the address is too long for a code.
    """
    try:
        import segno
    except ImportError:
        raise ValueError(
            "a QR code needs segno: install it with `pip install 'pytest-scer[label]'`"
        ) from None
    try:
        matrix = segno.make_qr(address, error="m").matrix_iter(border=4)
    except segno.DataOverflowError:
        raise ValueError(f"--url: {len(address)} characters do not fit into a QR code") from None
    rows = list(matrix)
    path = "".join(
        f"M{left} {top}h1v1h-1z"
        for top, row in enumerate(rows)
        for left, dark in enumerate(row)
        if dark
    )
    return (
        f'<g transform="translate({x:g} {y:g}) scale({size / len(rows):.6g})" '
        f'shape-rendering="crispEdges">'
        f'<rect width="{len(rows)}" height="{len(rows)}" fill="{PAPER}"/>'
        f'<path fill="#000000" d="{path}"/></g>'
    )
