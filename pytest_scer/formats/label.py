"""The label: a picture of a score and its rating, with what they rest on written in it.

It shows no official mark: SCER is an unadopted draft and has none that anyone may use. Text is
stored as text, so that it can be searched, read aloud and translated. Black on white has a contrast
of more than 15 : 1 (the highest level of WCAG 2.2 asks for 7 : 1).
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from pytest_scer import __version__
from pytest_scer.core.shown import visible
from pytest_scer.formats.accuracy import SCOPE_IN_WORDS, true_figure
from pytest_scer.report.model import Report
from pytest_scer.report.ratings import RatedScore, rated_scores
from pytest_scer.scoring.sci import OPERATIONAL_ONLY, fixed_point

WIDTH: Final = 600
NOTHING: Final = "no model has a score: count its units with carbon.count()"
INK: Final = "#14213d"
PAPER: Final = "#ffffff"
_MARGIN: Final = 28
_LETTER: Final = 150
_QR: Final = 150
_FONT: Final = "DejaVu Sans, Verdana, Arial, Helvetica, sans-serif"
_SMALL: Final = 15.0
_LONG_NAME: Final = 28
# Mean width of a character in em, in DejaVu Sans, the widest of these fonts.
_REGULAR_EM: Final = 0.55
_BOLD_EM: Final = 0.6


@dataclass(frozen=True, slots=True)
class _Text:
    """A line of text and its position; y is its baseline."""

    x: float
    y: float
    size: float
    text: str
    bold: bool = False
    ink: str = INK
    middle: bool = False

    def __str__(self) -> str:
        weight = ' font-weight="bold"' if self.bold else ""
        anchor = ' text-anchor="middle"' if self.middle else ""
        return (
            f'<text x="{self.x:g}" y="{self.y:g}" font-size="{self.size:g}" fill="{self.ink}"'
            f"{weight}{anchor}>{_xml(self.text)}</text>"
        )


def _xml(text: str) -> str:
    """Text in XML 1.0, which has no control characters, not even as references to them."""
    return escape(visible(text))


def dump_report(report: Report) -> Iterator[str]:
    """Yield the labels of all scores of a report, one below the other, as SVG."""
    yield svg(rated_scores(report))


def svg(rows: Iterable[RatedScore], *, url: str | None = None) -> str:
    """Draw labels one below the other in one SVG document.

    Args:
        rows: The scores; those without a figure get no label.
        url: Where the manifest is published; adds a QR code with a link. Needs the extra ``label``.

    Raises:
        ValueError: ``url`` is given, but segno is not installed.
    """
    scored = [row for row in rows if row.score.score is not None]
    panels, y = [], 0.0
    if not scored:
        panels, y = [str(_Text(_MARGIN, 2 * _MARGIN, 20, NOTHING, bold=True))], 100.0
    for row in scored:
        content, height = _panel(row, None if url is None else _qr_path(url))
        panels.append(f'<g transform="translate(0 {y:g})">\n{content}\n</g>')
        y += height
    title = "; ".join(f"{row.score.model}: {row.stated}" for row in scored) or NOTHING
    description = " ".join(_described(row) for row in scored)
    link = "" if url is None else f" Manifest: {url}"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y:g}" width="{WIDTH}" '
        f'height="{y:g}" role="img" aria-labelledby="title description" '
        f"font-family={quoteattr(_FONT)}>\n"
        f'<title id="title">{_xml(title)}</title>\n'
        f'<desc id="description">{_xml(description + link)}</desc>\n'
        + "\n".join(panels)
        + "\n</svg>\n"
    )


def png(document: str, width: int = WIDTH) -> bytes:
    """Render an SVG label as PNG, ``width`` pixels wide.

    Raises:
        ValueError: resvg, which the extra ``label`` installs, is not installed.
    """
    try:
        import resvg_py
    except ImportError:
        raise ValueError(
            "PNG needs resvg: install it with `pip install 'pytest-scer[label]'`"
        ) from None
    return bytes(resvg_py.svg_to_bytes(svg_string=document, width=width))


def _described(row: RatedScore) -> str:
    facts = [row.title, row.stated, _grade(row), *_small_print(row)]
    return ". ".join(facts) + "."


def _grade(row: RatedScore) -> str:
    return f"Rating {row.rating.letter}" if row.rating.letter else "Unrated"


def _small_print(row: RatedScore) -> list[str]:
    """Return what the claim rests on, and what it leaves out."""
    rating = row.basis
    return [
        rating[0].upper() + rating[1:],
        *row.rating.notes,
        *row.caveats,
        f"Accuracy: {_accuracy(row)}; {SCOPE_IN_WORDS}",
        f"Method: {_method(row)}; {row.date}; pytest-scer {__version__}",
        f"Boundary: {row.score.boundary}; runs: {row.score.runs}",
        f"Hardware: {'; '.join(row.hardware)}",
    ]


def _accuracy(row: RatedScore) -> str:
    """Say how far the energy behind the score may be off."""
    known = true_figure(row.plausible_j, math.fsum(row.score.components_j.values()))
    return "unknown" if known is None else f"of the energy, {known}"


def _method(row: RatedScore) -> str:
    return "E x I of SCI 1.1" if OPERATIONAL_ONLY in row.caveats else "SCI 1.1"


def _panel(row: RatedScore, qr: tuple[str, int] | None) -> tuple[str, float]:
    """Draw one label; return it and its height."""
    stated = row.score.score
    assert stated is not None
    left = _MARGIN + _LETTER + 24
    room = WIDTH - left - _MARGIN
    value = fixed_point(stated.value_g, row.digits)
    unit = stated.measure
    texts = [
        *_name(left, row.score.model, room),
        _fitted(left, 118, 50, value, room),
        _fitted(left, 152, 24, unit, room),
        _Text(left, 178, _SMALL, ", ".join(filter(None, (row.score.category, row.score.phase)))),
    ]
    shapes = [_letter_box(row)]
    y = _MARGIN + _LETTER + 40.0
    column = WIDTH - 2 * _MARGIN - (_QR + 16 if qr else 0)
    for small in _small_print(row):
        bold = small in (*row.rating.notes, *row.caveats)
        for line in _wrapped(small, column, bold=bold):
            texts.append(_Text(_MARGIN, y, _SMALL, line, bold=bold))
            y += 21
    if qr:
        shapes.append(_qr(qr, WIDTH - _MARGIN - _QR, _MARGIN + _LETTER + 26))
        y = max(y, _MARGIN + _LETTER + 26 + _QR + 21.0)
    height = y + _MARGIN - 15
    frame = (
        f'<rect x="4" y="4" width="{WIDTH - 8}" height="{height - 8:g}" rx="14" fill="{PAPER}" '
        f'stroke="{INK}" stroke-width="5"/>'
    )
    return "\n".join([frame, *shapes, *map(str, texts)]), height


def _letter_box(row: RatedScore) -> str:
    """Draw the grade in white on dark, or a frame with ``unrated`` if there is no grade."""
    letter = row.rating.letter
    middle = _MARGIN + _LETTER / 2
    corner = f'x="{_MARGIN}" y="{_MARGIN}" width="{_LETTER}" height="{_LETTER}" rx="12"'
    if letter is None:
        frame = f'<rect {corner} fill="{PAPER}" stroke="{INK}" stroke-width="4"/>'
        return f"{frame}\n{_Text(middle, middle + 10, 30, 'unrated', bold=True, middle=True)}"
    size = min(110.0, (_LETTER - 20) / (max(len(letter), 1) * 0.72))
    text = _Text(middle, middle + size * 0.36, size, letter, True, PAPER, True)
    return f'<rect {corner} fill="{INK}"/>\n{text}'


def _name(x: float, name: str, room: float) -> list[_Text]:
    """Return the model's name, a long one on two lines."""
    if len(name) <= _LONG_NAME:
        return [_fitted(x, 62, 30, name, room)]
    half = -(-len(name) // 2)
    return [_fitted(x, 46, 22, name[:half], room), _fitted(x, 70, 22, name[half:], room)]


def _fitted(x: float, y: float, size: float, text: str, room: float) -> _Text:
    """Return a text in bold, at most ``size`` large and shrunk to fit ``room``."""
    return _Text(x, y, min(size, room / (max(len(text), 1) * 0.68)), text, bold=True)


def _wrapped(text: str, room: float, *, bold: bool) -> list[str]:
    characters = int(room / (_SMALL * (_BOLD_EM if bold else _REGULAR_EM)))
    return textwrap.wrap(text, characters, break_on_hyphens=False)


def _qr_path(url: str) -> tuple[str, int]:
    """Return the dark modules of a QR code as one path, and its size in modules with quiet zone."""
    try:
        import segno
    except ImportError:
        raise ValueError(
            "a QR code needs segno: install it with `pip install 'pytest-scer[label]'`"
        ) from None
    rows = list(segno.make_qr(url, error="m").matrix_iter(border=4))
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    )
    return path, len(rows)


def _qr(code: tuple[str, int], x: float, y: float) -> str:
    path, modules = code
    return (
        f'<g transform="translate({x:g} {y:g}) scale({_QR / modules:.6g})" '
        f'shape-rendering="crispEdges">'
        f'<rect width="{modules}" height="{modules}" fill="{PAPER}"/>'
        f'<path fill="#000000" d="{path}"/></g>'
    )
