"""Equivalents: they name their sources, and are left out where they mean nothing."""

import pytest

from pytest_scer.scoring.equivalents import equivalents


@pytest.mark.parametrize("co2e_g", [None, 0.0, 0.002, 0.99])
def test_below_a_gram_there_are_none(co2e_g: float | None) -> None:
    assert equivalents(co2e_g) == ()


def test_each_names_source_and_year() -> None:
    found = equivalents(10_000.0)
    assert len(found) == 5
    for equivalent in found:
        source = equivalent.source
        assert str(equivalent).endswith(f"({source.title}, {source.year})")
        assert equivalent.caveat
    assert equivalents(12.4)[0].count == pytest.approx(1.0)


def test_small_fractions_are_left_out() -> None:
    assert [equivalent.what for equivalent in equivalents(1.0)] == ["smartphone charges"]
    assert str(equivalents(1.0)[0]) == (
        "0.081 smartphone charges (US EPA, Greenhouse Gas Equivalencies, 2026)"
    )
    assert len(equivalents(2.0)) == 2


@pytest.mark.parametrize(
    ("grams", "kilometres"),
    [
        # Green Algorithms 3, the same runs as its estimates
        (1012.2652799999997, 5.784373028571427),
        (527.266444032, 3.0129511087542857),
        (41.530646399999995, 0.2373179794285714),
    ],
)
def test_kilometres_agree_with_green_algorithms(grams: float, kilometres: float) -> None:
    (car,) = (e for e in equivalents(grams) if e.what.startswith("km"))
    assert car.count == pytest.approx(kilometres, rel=1e-12)
