"""The scripts and styles of a page: ours, and Vega's out of the installed package."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

_OURS: Final = Path(__file__).with_name("assets")
STYLE: Final = "page.css"
SHARED: Final = ("text.js", "data.js", "theme.js", "copying.js", "charts.js")
"""Scripts that every page has, in their order."""


def style() -> str:
    """The style sheet of all pages."""
    return _read(STYLE)


def script(names: Iterable[str]) -> str:
    """Our scripts as one, in which they share their functions.

    Args:
        names: Files of ``assets``, in their order.
    """
    whole = "\n".join(map(_read, names))
    return f'(() => {{\n"use strict";\n{whole}\n}})();'


def vega() -> str:
    """Vega, Vega-Lite and vega-embed, as one script that defines ``window.vegaEmbed``."""
    import vl_convert

    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    # Inside a script element, these would end it or hide what follows.
    return bundle.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _read(name: str) -> str:
    return (_OURS / name).read_text(encoding="utf-8")
