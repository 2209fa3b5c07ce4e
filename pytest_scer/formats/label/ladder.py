"""The scale next to a letter, best grade first, and where on it a score lies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.scoring.rating import Scale
from pytest_scer.scoring.scales import FrozenScale, StarScale
from pytest_scer.scoring.scer import ScerScale
from pytest_scer.scoring.sci import fixed_point

MOST_STEPS: Final = 12
"""A scale of more grades is not drawn."""
_FIFTHS: Final = ("lowest", "second", "middle", "fourth", "highest")


@dataclass(frozen=True, slots=True)
class Step:
    """A grade of a scale.

    Attributes:
        grade: Its letter.
        rule: Who gets it.
    """

    grade: str
    rule: str


def steps(scale: Scale, factor: float = 1.0) -> tuple[Step, ...]:
    """The grades of a scale, best first; none if it cannot be drawn.

    Args:
        scale: The scale.
        factor: What its cut-offs are multiplied by, for the unit of the label.
    """
    if isinstance(scale, ScerScale):
        rules = ("beats over 90% of its peers", "beats 60 to 90%", "beats under 60%")
        return tuple(map(Step, scale.grades, rules))
    if isinstance(scale, StarScale):
        return tuple(
            Step(grade, f"{which} fifth of the peers' range")
            for grade, which in zip(scale.grades, _FIFTHS, strict=True)
        )
    if isinstance(scale, FrozenScale) and len(scale.cutoffs) < MOST_STEPS:
        return tuple(_cut_off(scale, factor))
    return ()


def _cut_off(scale: FrozenScale, factor: float) -> Iterator[Step]:
    is_within = "up to" if scale.edge == "better" else "below"
    for grade, limit in scale.cutoffs:
        yield Step(grade, f"{is_within} {fixed_point(limit * factor)}")
    above = "above" if scale.edge == "better" else "from"
    yield Step(scale.worst, f"{above} {fixed_point(scale.cutoffs[-1][1] * factor)}")


def place(letter: str, grades: tuple[Step, ...]) -> tuple[int, int]:
    """The best and the worst step that a letter, or a range such as ``A-B``, stands for."""
    names = [step.grade for step in grades]
    if letter in names:
        return names.index(letter), names.index(letter)
    for best in range(len(names)):
        for worst in range(best + 1, len(names)):
            if letter in _ranges(names[best], names[worst]):
                return best, worst
    return 0, len(names) - 1


def _ranges(best: str, worst: str) -> tuple[str, str]:
    """How scales write a range: ``A-B``, and ``3-4 stars`` from the lower to the higher."""
    return f"{best}-{worst}", f"{worst.split(maxsplit=1)[0] if worst else ''}-{best}"
