"""Charts as a page draws them: Vega specifications for light and dark, which share their data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import vl_convert

from pytest_scer.charts.chart import Chart
from pytest_scer.charts.style import DARK, LIGHT, Theme, config

_SHARED: Final = "data"


def drawn(chart: Chart) -> dict[str, Any]:
    """Return what ``assets/charts.js`` draws: ``data``, and the rest for ``light`` and ``dark``."""
    light, dark = (_themed(chart, theme) for theme in (LIGHT, DARK))
    data = light.pop(_SHARED)
    del dark[_SHARED]
    return {"data": data, "light": light, "dark": dark}


def _themed(chart: Chart, theme: Theme) -> dict[str, Any]:
    """A chart as Vega, in the colours of a theme.

    Vega-Lite is compiled here: the page starts sooner, and its console has no remarks on sizes.
    """
    colours: Mapping[str, Any] = config(theme)
    if chart.is_vega:
        return {**chart.spec, "config": colours}
    return dict(vl_convert.vegalite_to_vega(chart.spec, config=dict(colours)))
