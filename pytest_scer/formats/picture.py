"""Pictures as files: SVG, PNG and PDF, with title and notes, without a browser."""

from __future__ import annotations

import textwrap
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from pytest_scer.charts.chart import WIDTH, Chart, Spec
from pytest_scer.charts.style import LIGHT, Theme, config

KINDS: Final = ("svg", "png", "pdf")
"""The formats, by the suffix of their files."""
NEEDS: Final = "pictures need vl-convert: pip install 'pytest-scer[html]'"
"""What to do if what draws pictures is not installed."""
_PIXELS_OF_A_LETTER: Final = 6.2
"""About what a letter of a note takes, which has 12 pixels."""


def document(
    chart: Chart, theme: Theme = LIGHT, *, width: int | None = None, titled: bool = True
) -> Spec:
    """A picture as a specification that stands alone.

    Args:
        chart: The picture.
        theme: Its colours.
        width: Its width in pixels, unless it consists of several with a width of their own.
        titled: Whether it has title and notes; a paper has them in the caption.
    """
    spec: dict[str, Any] = {**chart.spec, "config": config(theme, background=theme.paper)}
    if chart.is_vega:
        spec.pop("signals", None)  # they ask for a container's width
        spec["width"] = width or spec["width"]
    elif "width" in spec:
        spec["width"] = width or WIDTH
    if titled:
        lines = textwrap.wrap(chart.note, int((width or WIDTH) / _PIXELS_OF_A_LETTER))
        spec["title"] = {"text": chart.title, **({"subtitle": lines} if lines else {})}
    return spec


def drawn(spec: Spec, kind: str, *, scale: float = 2.0) -> bytes:
    """Draw a specification.

    Args:
        spec: The specification, of Vega or Vega-Lite.
        kind: One of :data:`KINDS`.
        scale: Pixels of a PNG for each pixel of the specification.

    Raises:
        ValueError: vl-convert, which the extra ``html`` installs, is not installed.
    """
    try:
        import vl_convert
    except ImportError:
        raise ValueError(NEEDS) from None
    language = "vegalite" if "vega-lite" in spec["$schema"] else "vega"
    convert = getattr(vl_convert, f"{language}_to_{kind}")
    content = convert(spec, **({"scale": scale} if kind == "png" else {}), allowed_base_urls=[])
    return _described(content, spec).encode() if isinstance(content, str) else bytes(content)


def _described(svg: str, spec: Spec) -> str:
    """An SVG that screen readers take for one picture with a description."""
    label = quoteattr(str(spec["description"]))
    return svg.replace("<svg ", f'<svg role="img" aria-label={label} ', 1)
