"""The scale of a label, and the place of a letter on it."""

from __future__ import annotations

import pytest

from pytest_scer.formats.label.ladder import MOST_STEPS, place, steps
from pytest_scer.scoring.scales import FrozenScale, StarScale
from pytest_scer.scoring.scer import ScerScale


def frozen(*grades: str, edge: str = "worse") -> FrozenScale:
    cutoffs = tuple((grade, float(number)) for number, grade in enumerate(grades, 1))
    return FrozenScale("Ours", "1", "2026", "g per token", edge, cutoffs, "last")  # type: ignore[arg-type]


def test_the_grades_are_those_of_the_scale() -> None:
    assert [step.grade for step in steps(ScerScale())] == ["A", "B", "C"]
    assert [step.grade for step in steps(StarScale())] == list(StarScale.grades)
    scale = frozen("A", "B")
    assert [step.rule for step in steps(scale, 1000)] == ["below 1000", "below 2000", "from 2000"]
    rules = [step.rule for step in steps(frozen("A", edge="better"))]
    assert rules == ["up to 1.00", "above 1.00"]


def test_a_scale_of_many_grades_is_not_drawn() -> None:
    assert steps(frozen(*(f"G{number}" for number in range(MOST_STEPS)))) == ()


@pytest.mark.parametrize(
    ("scale", "letter", "expected"),
    [
        (ScerScale(), "A", (0, 0)),
        (ScerScale(), "B-C", (1, 2)),
        (ScerScale(), "A-C", (0, 2)),
        (StarScale(), "5 stars", (0, 0)),
        (StarScale(), "1 star", (4, 4)),
        (StarScale(), "3-4 stars", (1, 2)),
        (StarScale(), "1-5 stars", (0, 4)),
        (frozen("A-", "A", "B"), "A-", (0, 0)),
        (frozen("A-", "A", "B"), "A--B", (0, 2)),
        (frozen("A-", "A", "B"), "A-last", (1, 3)),
    ],
)
def test_the_place_of_a_letter(scale: object, letter: str, expected: tuple[int, int]) -> None:
    assert place(letter, steps(scale)) == expected  # type: ignore[arg-type]


def test_every_range_of_stars_has_its_place() -> None:
    scale = StarScale()
    for best in range(5):
        for worst in range(best, 5):
            assert place(scale.span(best, worst), steps(scale)) == (best, worst)
