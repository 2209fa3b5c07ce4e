"""All entries, by subject."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Final

from pytest_scer.sources import accuracy, equivalents, estimators, grids, noise, power
from pytest_scer.sources.entry import Entry

SUBJECTS: Final[Mapping[str, ModuleType]] = {
    "power": power,
    "grids": grids,
    "accuracy": accuracy,
    "noise": noise,
    "estimators": estimators,
    "equivalents": equivalents,
}
"""The module of each subject, in the order in which they are listed."""


def entries() -> dict[str, list[Entry]]:
    """Return the entries of each subject, in the order of its module."""
    return {
        subject: [each for each in vars(module).values() if isinstance(each, Entry)]
        for subject, module in SUBJECTS.items()
    }
