"""The scripts and styles of a page: ours, and Vega's out of the installed package."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

import vl_convert

_OURS: Final = Path(__file__).with_name("assets")
STYLE: Final = "page.css"
SHARED: Final = ("text.js", "data.js", "theme.js", "copying.js", "charts.js", "printing.js")
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


@cache
def vega() -> str:
    """Vega and vega-embed, as one script that defines ``window.vegaEmbed``.

    The bundle of an installed package is always the same, and takes more than a second to make.
    """
    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    # Inside a script element, these would end it or hide what follows.
    return bundle.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _read(name: str) -> str:
    return (_OURS / name).read_text(encoding="utf-8")
