"""The house style: colours that can be told apart in grey, and seen on their background."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pytest_scer.charts.style import DARK, LIGHT, Theme, config


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_text_is_legible(theme: Theme) -> None:
    for colour in (theme.ink, theme.muted, theme.accent):
        assert contrast(colour, theme.paper) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT.components[:3], LIGHT.kinds, LIGHT.watts])
def test_colours_differ_in_grey(colours: tuple[str, ...]) -> None:
    ranked = sorted(colours, key=luminance)
    assert all(contrast(one, other) >= 1.3 for one, other in pairwise(ranked))


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_verdicts_stand_out_from_the_background(theme: Theme) -> None:
    assert all(contrast(colour, theme.paper) >= 2.8 for colour in theme.verdicts)


def test_both_themes_name_the_same_things() -> None:
    light, dark = config(LIGHT), config(DARK)
    for part in ("range", "style"):
        assert light[part].keys() == dark[part].keys()
    assert light["background"] is None
