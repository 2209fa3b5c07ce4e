"""A picture: what it shows, in words and as a specification."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pytest_scer.core.shown import visible
from pytest_scer.lazy_dataclass import dataclass

Spec = dict[str, Any]

VEGA_LITE: Final = "https://vega.github.io/schema/vega-lite/v6.json"
VEGA: Final = "https://vega.github.io/schema/vega/v6.json"

WIDTH: Final = 760
"""Pixels of a picture that stands alone."""
_GAP: Final = 28
"""Pixels between pictures."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture.

    In a specification, names from outside are data, domains and titles of axes. They are no titles
    of tooltips, which Vega-Lite puts into expressions.

    Attributes:
        title: Its headline, without markup.
        description: One sentence that says what the picture shows, for screen readers.
        spec: The specification: as wide as its container, without title, colours by name (see
            :mod:`pytest_scer.charts.style`).
        note: What a reader must know about it, such as which figures are estimates; may be empty.
    """

    title: str
    description: str
    spec: Spec
    note: str = ""

    @property
    def is_vega(self) -> bool:
        """Whether the specification is one of Vega; it is one of Vega-Lite otherwise."""
        return bool(self.spec["$schema"] == VEGA)


def vega_lite(title: str, description: str, spec: Mapping[str, Any], note: str = "") -> Chart:
    """Create a picture from a Vega-Lite specification of one view or of layers.

    Args:
        title: Its headline.
        description: One sentence that says what it shows.
        spec: The specification without what all have in common.
        note: What a reader must know about it.
    """
    common = {
        "$schema": VEGA_LITE,
        "description": description,
        "width": "container",
        "autosize": {"type": "fit-x", "contains": "padding"},
    }
    return _shown(title, description, {**common, **spec}, note)


def vega(title: str, description: str, spec: Mapping[str, Any], note: str = "") -> Chart:
    """Create a picture from a Vega specification; the arguments are those of :func:`vega_lite`.

    It has the width of its container where there is one, else the value of ``width``.
    """
    common = {"$schema": VEGA, "description": description}
    return _shown(title, description, {**common, **spec}, note)


def one_below_the_other(title: str, description: str, charts: Sequence[Chart]) -> Chart | None:
    """Put several pictures into one; a single one stays as it is, and of none there is none.

    Args:
        title: The headline of several.
        description: One sentence that says what they show.
        charts: The pictures. What a reader must know about the first holds for all.
    """
    if len(charts) < 2:
        return charts[0] if charts else None
    return composed(title, description, [[each] for each in charts], charts[0].note)


def composed(
    title: str,
    description: str,
    rows: Sequence[Sequence[Chart]],
    note: str = "",
    *,
    width: int = WIDTH,
    left: int = 0,
) -> Chart:
    """Put pictures of Vega-Lite together into one of a fixed width.

    Args:
        title: Its headline.
        description: One sentence that says what it shows.
        rows: The pictures of each row.
        note: What a reader must know about it.
        width: Its width in pixels; those of a row share it.
        left: Pixels to the left of each picture, for its axis.
    """
    datasets: dict[str, Any] = {}
    shown, titled = [], sum(map(len, rows)) > 1
    for row in rows:
        room = (width - _GAP * (len(row) - 1)) // len(row) - left
        views = [_view(chart, room, datasets, left, titled=titled) for chart in row]
        shown.append({"hconcat": views, "spacing": _GAP} if len(views) > 1 else views[0])
    spec = {
        "$schema": VEGA_LITE,
        "description": description,
        "datasets": datasets,
        "vconcat": shown,
        "spacing": _GAP,
        "resolve": {"scale": {"color": "independent"}},
    }
    return _shown(title, description, spec, note)


def _view(chart: Chart, width: int, datasets: dict[str, Any], left: int, *, titled: bool) -> Spec:
    """A picture as a part of another; its data are moved there under names of their own."""
    number = len(datasets)
    own = chart.spec.get("datasets", {})
    datasets.update({f"{number} {name}": values for name, values in own.items()})
    left_out = ("$schema", "datasets", "autosize", "description")
    spec: Spec = _renamed(
        {key: each for key, each in chart.spec.items() if key not in left_out}, number
    )
    spec["width"] = width
    if titled:
        # A frame of its own: titles of one row stand on one line whatever is drawn below them.
        title = {"text": chart.title, "fontSize": 12, "limit": width + left, "dx": -left}
        spec["title"] = {**title, "frame": "group", "offset": 14}
    return spec


def _renamed(value: Any, number: int) -> Any:
    if isinstance(value, dict):
        return {
            key: {"name": f"{number} {each['name']}"} if key == "data" else _renamed(each, number)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [_renamed(each, number) for each in value]
    return value


def _shown(title: str, description: str, spec: Spec, note: str) -> Chart:
    """Make every text of a picture safe to show: names come from outside."""
    description = visible(description)
    shown: Spec = _clean(spec)
    return Chart(visible(title), description, shown, visible(note))


def _clean(value: Any) -> Any:
    """JSON with visible text only, and null for missing figures."""
    if isinstance(value, str):
        return value if value.isascii() and value.isprintable() else visible(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _clean(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(each) for each in value]
    return value
