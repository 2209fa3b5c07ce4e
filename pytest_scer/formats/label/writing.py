"""Draw the labels of scores, as SVG or PNG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from xml.sax.saxutils import quoteattr

from pytest_scer.core.claims import without_claims
from pytest_scer.formats.label.drawing import FONT, Text, xml
from pytest_scer.formats.label.panel import WIDTH, described, panel, title
from pytest_scer.formats.manifest.facts import Facts
from pytest_scer.formats.manifest.writing import check_claims, facts_of_report
from pytest_scer.report.model import Report

NOTHING: Final = "no model has a score: count its units with carbon.count()"

_PROBE: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20">'
    '<text x="2" y="18">{}</text></svg>'
)


def dump_report(report: Report) -> Iterator[str]:
    """Yield the labels of all scores of a report, one below the other, as SVG."""
    yield svg(facts_of_report(report))


def svg(scores: Iterable[Facts], *, url: str | None = None) -> str:
    """Draw labels one below the other in one SVG document.

    Args:
        scores: What was measured of each.
        url: Where the manifests are published; adds a QR code to each label that leads to its
            manifest. Needs the extra ``label``.

    Raises:
        ValueError: A text claims a review that nobody has made, or ``url`` is given, but segno is
            not installed.
    """
    listed = list(scores)
    for facts in listed:
        check_claims(facts)
    if url is not None:
        without_claims(url)
    panels, y = [], 0.0
    if not listed:
        panels, y = [str(Text(28, 56, 18, NOTHING, bold=True))], 100.0
    for facts in listed:
        content, height = panel(facts, y, url)
        panels.append(content)
        y += height
    titles = "; ".join(map(title, listed)) or NOTHING
    description = " ".join(described(facts, url) for facts in listed)
    at = "" if url is None else f" data-manifest={quoteattr(url)}"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y:g}" width="{WIDTH}" '
        f'height="{y:g}" role="img" aria-labelledby="title description" '
        f"font-family={quoteattr(FONT)}{at}>\n"
        f'<title id="title">{titles}</title>\n'
        f'<desc id="description">{xml(description)}</desc>\n' + "\n".join(panels) + "\n</svg>\n"
    )


def png(document: str, width: int = WIDTH) -> bytes:
    """Render an SVG label as PNG, ``width`` pixels wide.

    Raises:
        ValueError: resvg, which the extra ``label`` installs, is not installed, or no font is.
    """
    try:
        import resvg_py
    except ImportError:
        raise ValueError(
            "PNG needs resvg: install it with `pip install 'pytest-scer[label]'`"
        ) from None
    # Without a font resvg leaves all text out, and says nothing.
    letter, nothing = (resvg_py.svg_to_bytes(svg_string=_PROBE.format(each)) for each in "A ")
    if letter == nothing:
        raise ValueError(
            "PNG needs a font, and none is installed: install one, such as the package "
            "fonts-dejavu-core of Debian and Ubuntu, or write an .svg"
        )
    return bytes(resvg_py.svg_to_bytes(svg_string=document, width=width))
