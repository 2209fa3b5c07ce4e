"""The shell of all pages: one HTML document with its styles, scripts, charts and data inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pytest_scer import __version__
from pytest_scer.charts.chart import Chart
from pytest_scer.core.shown import visible
from pytest_scer.formats.page import assets
from pytest_scer.formats.page.drawing import drawn
from pytest_scer.formats.page.packing import data_block
from pytest_scer.formats.page.policy import policy
from pytest_scer.lazy_dataclass import dataclass

_TEMPLATES: Final = "templates"


@dataclass(frozen=True)
class Page:
    """A page to write.

    Attributes:
        title: The title of the document.
        template: Its template, which extends ``shell.html``.
        context: What the template shows. Texts are escaped, whatever they contain.
        charts: The charts by name; ``picture(NAME)`` of ``parts.html`` places one.
        data: Values, or JSON in bytes, that scripts read with ``readData(NAME)``.
        scripts: Files of ``assets`` besides those that every page has.
    """

    title: str
    template: str
    context: Mapping[str, Any]
    charts: Mapping[str, Chart] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    scripts: Sequence[str] = ()


def render(page: Page) -> str:
    """Return a page as one HTML document.

    Args:
        page: The page.
    """
    scripts = [assets.vega()] if page.charts else []
    scripts.append(assets.script([*assets.SHARED, *page.scripts, "start.js"]))
    style = assets.style()
    specs = {name: drawn(chart) for name, chart in page.charts.items()}
    blocks = {"charts": specs, **page.data}
    return (
        _environment()
        .get_template(page.template)
        .render(
            page.context,
            title=page.title,
            version=__version__,
            policy=policy(scripts, [style]),
            style=Markup(style),  # noqa: S704
            scripts=[Markup(each) for each in scripts],  # noqa: S704
            blocks=[data_block(name, value) for name, value in blocks.items()],
            charts=page.charts,
        )
    )


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader(__package__, _TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )


def _shown(value: object) -> object:
    """Texts with visible control characters; markup as it is."""
    return visible(value) if type(value) is str else value
