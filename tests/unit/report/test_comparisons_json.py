"""Comparisons in JSON: what was measured is read back, what is calculated is calculated again."""

from __future__ import annotations

import json
import math

from pytest_scer.report.comparisons import COMPARE, SWEEP, ComparisonEntry, VariantEntry
from pytest_scer.report.comparisons_json import dump_comparison, load_comparison

PAIR = ComparisonEntry(
    COMPARE,
    [
        VariantEntry("fp32", [10.0, None, 12.0], 0.1, {"token": 4.0}, 0.9),
        VariantEntry("int8", [5.0, 6.0, 7.0], 0.1, {"token": 4.0}, 0.9),
        VariantEntry("hosted", [None, None, None]),
    ],
    "token",
    lower_is_better=True,
    luck=0.02,
)
POINTS = ComparisonEntry(
    SWEEP,
    [
        VariantEntry(f"n={n}", [joules] * 3, settings={"n": n})
        for n, joules in ((1, 9.0), (2, 4.0), (4, 3.5))
    ],
)


def test_a_comparison_is_read_as_it_was_written() -> None:
    for entry in (PAIR, POINTS):
        assert load_comparison(json.loads(json.dumps(dump_comparison(entry)))) == entry


def test_what_is_calculated_is_written_for_other_readers() -> None:
    dumped = dump_comparison(PAIR)
    assert (dumped["cheapest"], dumped["knee"]) == ("int8", None)
    assert [each["cost_j"] for each in dumped["variants"]] == [2.75, 1.5, None]
    assert [each["dominated_by"] for each in dumped["variants"]] == [None, None, None]  # 2 pairs
    pairs = [(each["over"], each["under"], each["pairs"]) for each in dumped["ratios"]]
    assert pairs == [("int8", "fp32", 2), ("hosted", "fp32", 0), ("hosted", "int8", 0)]
    assert math.isclose(dumped["ratios"][0]["value"], math.sqrt(5 / 10 * 7 / 12))
    assert dumped["ratios"][0]["high"] is None  # without an interval
    swept = dump_comparison(POINTS)
    assert (swept["cheapest"], swept["knee"], swept["ratios"]) == ("n=4", "n=2", [])
