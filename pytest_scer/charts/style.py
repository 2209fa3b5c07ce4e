"""The house style: colours by what they mean, type and axes, for light and dark pages and paper.

Specifications name colours by meaning (a range or a style of Vega's configuration), so one picture
serves both themes. In each theme colours of one picture differ in lightness, so that they print in
grey and do not depend on colour vision.
"""

from __future__ import annotations

from typing import Any, Final

from pytest_scer.lazy_dataclass import dataclass

COMPONENT_COLOURS: Final = "components"
"""The range of colours for CPU, GPU, memory, and joules whose components are unknown."""
VERDICT_COLOURS: Final = "verdicts"
"""The range of colours for :data:`VERDICTS`."""
WATTS_COLOURS: Final = "watts"
"""The range for power, from low to high."""
KIND_COLOURS: Final = "kinds"
"""The range for what is no test on the timeline: fixtures, repeats for a verdict, idle."""
UNKNOWN_COLOURS: Final = "unknown"
"""The range with the colour of what has no figure."""
BRANCH_COLOURS: Final = "branches"
"""The range of colours for branches, the largest first, and all others."""

VERDICTS: Final = ("good", "doubtful", "bad", "none")
"""The meanings of verdicts: met or improved; inconclusive; exceeded or regressed; no verdict."""

FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True)
class Theme:
    """The colours of a theme; those of lists are in the order of their meanings."""

    ink: str
    muted: str
    grid: str
    accent: str
    paper: str
    unknown: str
    components: tuple[str, str, str, str]
    verdicts: tuple[str, str, str, str]
    watts: tuple[str, ...]
    kinds: tuple[str, str, str]
    branches: tuple[str, str, str, str, str, str]


LIGHT: Final = Theme(
    ink="#1b1f24",
    muted="#57606a",
    grid="#e4e7eb",
    accent="#1668b8",
    paper="#ffffff",
    unknown="#d5dae0",
    components=("#14508c", "#d98200", "#b5c6d8", "#8a929b"),
    verdicts=("#1668b8", "#c98a12", "#b3261e", "#8a929b"),
    watts=("#dceaf7", "#6aaed6", "#08306b"),
    kinds=("#6b4c9a", "#efc26b", "#e4e7eb"),
    branches=("#1668b8", "#d98200", "#5e3c99", "#1b9e77", "#a6761d", "#8a929b"),
)
DARK: Final = Theme(
    ink="#e6e9ee",
    muted="#9aa4b0",
    grid="#2b323b",
    accent="#5ba8f5",
    paper="#0f1318",
    unknown="#39414b",
    components=("#4f9be6", "#f0a63c", "#64727f", "#9aa4b0"),
    verdicts=("#5ba8f5", "#e3b341", "#ff7b72", "#8a929b"),
    watts=("#1d3044", "#3f7fbf", "#cfe6ff"),
    kinds=("#b497d6", "#e3b341", "#39414b"),
    branches=("#5ba8f5", "#f0a63c", "#b497d6", "#4fc3a1", "#c9a45c", "#9aa4b0"),
)


def config(theme: Theme = LIGHT, *, background: str | None = None) -> dict[str, Any]:
    """The configuration of Vega and Vega-Lite for a theme.

    Args:
        theme: The theme.
        background: The background; None is transparent.
    """
    axis = {
        "domain": False,
        "ticks": False,
        "gridColor": theme.grid,
        "labelColor": theme.muted,
        "titleColor": theme.muted,
        "titleFontWeight": "normal",
        "labelFontSize": 11,
        "titleFontSize": 11,
        "labelPadding": 6,
        "labelSeparation": 6,
        "titlePadding": 8,
    }
    legend = {
        "labelColor": theme.ink,
        "titleColor": theme.muted,
        "titleFontWeight": "normal",
        "labelFontSize": 12,
        "titleFontSize": 11,
        "labelLimit": 400,
        "labelFont": FONT,
        "titleFont": FONT,
        "orient": "top",
        "offset": 8,
        "symbolStrokeWidth": 0,
        "symbolType": "square",
    }
    title = {
        "color": theme.ink,
        "subtitleColor": theme.muted,
        "font": FONT,
        "subtitleFont": FONT,
        "anchor": "start",
        "fontSize": 15,
        "fontWeight": 600,
        "subtitleFontSize": 12,
        "subtitlePadding": 6,
        "offset": 14,
    }
    return {
        # Marks have no labels of their own for screen readers: thousands of them help nobody, there
        # is the description of the whole. And Vega-Lite would put titles into expressions, where
        # a backslash in a name ends up as code.
        "aria": False,
        "background": background,
        "font": FONT,
        "padding": 4,
        "view": {"stroke": None},
        "axis": axis,
        "legend": legend,
        "title": title,
        "text": {"color": theme.ink, "fontSize": 12},
        "rule": {"color": theme.ink},
        "range": {
            COMPONENT_COLOURS: list(theme.components),
            VERDICT_COLOURS: list(theme.verdicts),
            WATTS_COLOURS: list(theme.watts),
            KIND_COLOURS: list(theme.kinds),
            BRANCH_COLOURS: list(theme.branches),
            UNKNOWN_COLOURS: [theme.unknown],
        },
        # Vega-Lite reads "color" of a style, Vega "fill" and "stroke".
        "style": {
            "name": {"font": FONT, "color": theme.ink, "fill": theme.ink, "fontSize": 12},
            "figure": {"font": FONT, "color": theme.muted, "fill": theme.muted, "fontSize": 11},
            "strong": {
                "font": FONT,
                "color": theme.ink,
                "fill": theme.ink,
                "fontSize": 12,
                "fontWeight": 600,
            },
            "plain": {"color": theme.accent},
            "dot": {"color": theme.accent, "stroke": theme.paper, "strokeWidth": 1},
            "interval": {"color": theme.ink, "strokeWidth": 1.25},
            "limit": {"color": theme.ink, "strokeWidth": 1.5, "strokeDash": [5, 3]},
            "level": {"color": theme.accent, "strokeWidth": 1.5},
            "median": {"color": theme.ink, "thickness": 2},
            "guide": {"color": theme.muted, "strokeWidth": 1},
            "band": {"color": theme.accent, "fillOpacity": 0.14},
            "frame": {"stroke": theme.muted, "strokeWidth": 0.5},
            "outline": {"stroke": theme.paper, "strokeWidth": 1},
        },
    }
