"""Accuracy in words, and the digits that figures deserve."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports import CONSTANT, MODELLED, report

from pytest_scer.formats import accuracy
from pytest_scer.meters.accuracy import CHIP_UNKNOWN, GPU_UNREADABLE, RAM_CONSTANT, RAPL_AMD
from pytest_scer.meters.base import ABSENT, Accuracy, MeterInfo, Provenance
from pytest_scer.report.model import Report


def estimated(cpu: Accuracy | None = None, ram: Accuracy | None = None) -> Report:
    """3 kJ of a modelled CPU and 1 kJ of a constant."""
    return report(
        meters={
            "cpu": replace(MODELLED, accuracy=cpu),
            "gpu": ABSENT,
            "ram": replace(CONSTANT, accuracy=ram),
        }
    )


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (1 / 12, 1.3, "a twelfth to 1.3 times of this"),
        (1 / 2.9, 1 / 0.35, "a third to 2.9 times of this"),
        (1 / 1.9, 2.5, "half to 2.5 times of this"),
        (0.4, 1.7, "0.4 to 1.7 times of this"),
        (1 / 24, 1.0, "a 24th to all of this"),
        (1 / 18, 123.0, "an 18th to 120 times of this"),
        (1 / 1.1, 1 / 0.9, "9% less to 11% more than this"),
        (1 / 1.1, 1.0, "up to 9% less than this"),
        (1.0, 1.2, "up to 20% more than this"),
        (1.1, 1.2, "10% more to 20% more than this"),
        (1.0, 1.0, "this"),
    ],
)
def test_an_interval_is_said_in_words(low: float, high: float, words: str) -> None:
    assert accuracy.span(low, high) == words


@given(st.floats(1e-4, 1), st.floats(1, 1e4))
def test_words_are_found_for_every_interval(low: float, high: float) -> None:
    words = accuracy.span(low, high)
    assert words.endswith("this")
    assert "nan" not in words


def test_the_total_of_a_report_says_how_far_it_may_be_off() -> None:
    """3 kJ of an unknown chip and 1 kJ of memory: 3/2.9 + 1/24 kJ to 3/0.35 + 1 kJ."""
    made = estimated(CHIP_UNKNOWN, RAM_CONSTANT)
    assert made.plausible_j == pytest.approx((1076.1, 9571.4), abs=0.1)
    assert accuracy.true_figure(made.plausible_j, made.totals.total_j) == (
        "the true figure may be 0.3 to 2.4 times of this"
    )


@pytest.mark.parametrize("known", [(None, None), (CHIP_UNKNOWN, None), (None, RAM_CONSTANT)])
def test_without_an_accuracy_nothing_is_said(known: tuple[Accuracy | None, ...]) -> None:
    made = estimated(*known)
    assert made.plausible_j is None
    assert accuracy.true_figure(made.plausible_j, made.totals.total_j) is None


@pytest.mark.parametrize(
    ("known", "text"),
    [
        (RAPL_AMD, "-25% to +10% (judgement: 24% too low from idle to full load"),
        (CHIP_UNKNOWN, "-65% to +190% (compared: linear model against RAPL"),
        (RAM_CONSTANT, "0% to +2300% (compared: modules of 4 to 16 GB"),
        (None, "accuracy unknown"),
    ],
)
def test_a_component_names_its_interval_and_its_evidence(known: Accuracy | None, text: str) -> None:
    info = MeterInfo("a meter", Provenance.MEASURED, accuracy=known)
    assert accuracy.of_meter(info).startswith(text)


def test_only_components_that_count_are_stated() -> None:
    infos = estimated(CHIP_UNKNOWN, RAM_CONSTANT).meters
    assert [text.split()[0] for text in accuracy.of_components(infos)] == ["cpu", "ram"]
    infos["gpu"] = replace(ABSENT, accuracy=GPU_UNREADABLE)
    assert [text.split()[0] for text in accuracy.of_components(infos)] == ["cpu", "gpu", "ram"]


def test_the_scope_is_stated_apart() -> None:
    assert accuracy.SCOPE_IN_WORDS.startswith("the sum of all components is 19% to 56% below")
