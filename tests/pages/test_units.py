"""Quantities on a page: the same texts as on the terminal."""

from __future__ import annotations

from pathlib import Path

from opened import Opened

import pytest_scer.formats.page
from pytest_scer.core import units

SOURCE = Path(pytest_scer.formats.page.__file__).with_name("assets") / "units.js"
VALUES = [
    0.0, 1e-9, 4.4e-7, 0.00012345, 0.0995, 0.9996, 0.99949, 1.0, 9.995, 12.53, 99.95, 143.0, 999.4,
    999.6, 1234.6, 86400.0, 3.6e6, 1.26e9, -0.01253,
]  # fmt: skip


def test_same_as_on_the_terminal(opened: Opened) -> None:
    cases = [(value, unit, digits) for value in VALUES for unit in "gJWsL" for digits in (2, 3)]
    shown = opened.page.evaluate(
        f"cases => {{ {SOURCE.read_text(encoding='utf-8')}\n"
        "return cases.map(each => quantity(...each)); }",
        cases,
    )
    assert shown == [units.quantity(value, unit, digits=digits) for value, unit, digits in cases]
    blurred = [(12.41, 2.5, "J"), (0.0132, 0.00001, "J"), (5.0, 0.0, "J"), (1.0, None, "g")]
    shown = opened.page.evaluate(
        f"cases => {{ {SOURCE.read_text(encoding='utf-8')}\n"
        "return cases.map(each => uncertain(...each)); }",
        blurred,
    )
    assert shown == [units.uncertain(*each) for each in blurred]
