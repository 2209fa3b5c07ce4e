"""Units: parsing what users write, and formatting what they read."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.core import units

figures = st.floats(1e-9, 1e12)


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("tokens", "token"),
        ("token", "token"),
        ("Images", "image"),
        ("queries", "query"),
        ("batches", "batch"),
        ("classes", "class"),
        ("class", "class"),
        ("boxes", "box"),
        ("caches", "cache"),
        ("analyses", "analysis"),
        ("corpora", "corpus"),
        ("movies", "movie"),
        ("indices", "index"),
        ("status", "status"),
        ("output_tokens", "output_token"),
        ("training-steps", "training_step"),
        ("responses", "response"),
        ("gas", "ga"),  # wrong, but what matters is that both spellings give the same name
    ],
)
def test_units_are_kept_in_the_singular(many: str, one: str) -> None:
    assert units.singular(many) == one


@given(st.from_regex(r"[a-z][a-z_]{0,12}", fullmatch=True))
def test_the_singular_of_a_singular_is_itself(word: str) -> None:
    assert units.singular(units.singular(word)) == units.singular(word)


@pytest.mark.parametrize(
    ("word", "many"),
    [
        ("token", "tokens"),
        ("query", "queries"),
        ("batch", "batches"),
        ("box", "boxes"),
        ("class", "classes"),
        ("cache", "caches"),
        ("axis", "axes"),
        ("day", "days"),
        ("epoch", "epochs"),
        ("train_epoch", "train_epochs"),
        ("search_index", "search_indices"),
    ],
)
def test_a_plural_leads_back_to_its_singular(word: str, many: str) -> None:
    assert units.plural(word) == many
    assert units.singular(many) == word


def test_a_number_and_its_noun() -> None:
    said = [units.counted(number, "entry") for number in (0, 1, 2_000)]
    assert said == ["0 entries", "1 entry", "2,000 entries"]


@pytest.mark.parametrize("text", ["-3", "nan", "inf", "1,5", "", "1e999", "0x10", "five", "--1"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text) or "not a finite number"):
        units.positive_number(text)


@given(st.floats(0, 1e300))
def test_numbers_are_read_back_as_they_are_printed(value: float) -> None:
    assert units.positive_number(repr(value)) == value


def test_a_kilowatt_hour_is_3_6_megajoules() -> None:
    assert units.JOULES["kWh"] == units.JOULES_PER_KWH == 3.6 * units.JOULES["MJ"]
    assert units.JOULES["MWh"] == pytest.approx(1e9 * units.JOULES["mWh"])


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (1.2e-5, "g", "12.0 ug"),
        (0.5, "g", "500 mg"),
        (1234.0, "g", "1.23 kg"),
        (2.5e6, "g", "2.50 t"),
        (0.004, "J", "4.00 mJ"),
        (7.2e6, "J", "2.00 kWh"),
        (15.0, "W", "15.0 W"),
        (0.089, "s", "89.0 ms"),
        (3e-4, "L", "300 uL"),
        (0.0, "J", "0 J"),
        (999.99999, "J", "1.00 kJ"),
        (-0.25, "J", "-250 mJ"),
    ],
)
def test_a_quantity_is_printed_in_the_unit_that_suits_it(
    value: float, unit: str, shown: str
) -> None:
    assert units.quantity(value, unit) == shown


def test_a_missing_figure_is_a_dash_and_no_zero() -> None:
    assert units.quantity(None, "J") == "-"


def test_a_suffix_stands_behind_the_unit() -> None:
    assert units.quantity(0.002, "g", suffix="CO2e") == "2.00 mgCO2e"


@given(figures, st.sampled_from("gJWsL"))
def test_a_printed_quantity_is_right_to_three_digits(value: float, unit: str) -> None:
    number, symbol = units.quantity(value, unit).split()
    assert "e" not in number
    sizes = {**units.GRAMS, **units.JOULES, **units.WATTS}
    sizes |= {"us": 1e-6, "ms": 1e-3, "s": 1, "uL": 1e-6, "mL": 1e-3, "L": 1}
    assert float(number) * sizes[symbol] == pytest.approx(value, rel=0.0051)


@given(figures)
def test_figure_and_uncertainty_are_printed_in_one_unit(value: float) -> None:
    printed = units.uncertain(value, value / 3, "J")
    match = re.fullmatch(r"(\S+) ± (\S+) (\S+)", printed)
    assert match is not None
    assert float(match[2]) / float(match[1]) == pytest.approx(1 / 3, rel=0.06)
    assert match[3] in units.JOULES


def test_without_an_uncertainty_none_is_printed() -> None:
    assert units.uncertain(2.0, None, "J") == "2.00 J"


@given(figures)
def test_significant_digits_are_never_a_power_of_ten(value: float) -> None:
    assert re.fullmatch(r"\d+(\.\d+)?", units.significant(value))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_is_not_dressed_up_as_one(value: float) -> None:
    assert units.significant(value) in ("nan", "inf")
