"""Compared variants in words."""

from __future__ import annotations

from dataclasses import replace

from reports import entry, measured, report

from pytest_scer.formats.markdown_report import lines as markdown_lines
from pytest_scer.formats.terminal.screen import Screen
from pytest_scer.formats.terminal.variant_rows import per, rows, title
from pytest_scer.formats.terminal.variants import of_session
from pytest_scer.report.comparisons import COMPARE, SWEEP, ComparisonEntry, VariantEntry
from pytest_scer.report.names import Names

LUCK = 0.02


def quantized() -> ComparisonEntry:
    return ComparisonEntry(
        COMPARE,
        [
            VariantEntry("fp32", [10.0] * 5, quality=0.9),
            VariantEntry("int8", [5.0] * 5, quality=0.9),
            VariantEntry("int8 | compiled", [5.05] * 5, quality=0.91),
            VariantEntry("hosted", [None] * 5),
        ],
        luck=LUCK,
    )


def batches() -> ComparisonEntry:
    costs = {1: 10.0, 2: 8.0, 4: 13.2, 8: 25.0}
    points = [
        VariantEntry(f"batch={n}", [joules] * 5, units={"token": n}, settings={"batch": n})
        for n, joules in costs.items()
    ]
    return ComparisonEntry(SWEEP, points, "token", luck=LUCK)


def test_variants_are_ranked_and_say_what_dominates_them() -> None:
    assert title("test_it", quantized()) == "test_it: 4 variants in 5 rounds"
    found = {row.name: (row.energy, row.relative, row.quality, row.remark)
             for row in rows(quantized())}  # fmt: skip
    assert found == {
        "int8": ("5.0 J", "1x", "0.9", "cheapest"),
        "int8 | compiled": ("5.0 J", "1.01x (0.97 to 1.05)", "0.91", "not clearly more"),
        "fp32": ("10.0 J", "2.00x (1.92 to 2.08)", "0.9", "dominated"),
        "hosted": ("-", "-", "", ""),
    }
    assert list(found) == ["int8", "int8 | compiled", "fp32", "hosted"]


def test_a_title_says_if_lower_is_better() -> None:
    of_losses = replace(quantized(), lower_is_better=True)
    assert title("t", of_losses) == "t: 4 variants in 5 rounds, lower quality is better"
    assert title("t", replace(batches(), lower_is_better=True)).endswith("batch=8")  # no quality


def test_points_of_a_sweep_stay_in_their_order() -> None:
    assert (
        title("test_it", batches())
        == "test_it: 4 points over batch in 5 rounds, cheapest at batch=8"
    )
    assert per(batches()) == "per token"
    assert [(row.name, row.per_unit, row.remark) for row in rows(batches(), digits=2)] == [
        ("batch=1", "10 J", ""),
        ("batch=2", "4.0 J", "knee"),
        ("batch=4", "3.3 J", ""),
        ("batch=8", "3.1 J", "cheapest"),
    ]


def test_too_few_rounds_have_no_interval() -> None:
    few = ComparisonEntry(COMPARE, [VariantEntry("a", [1.0]), VariantEntry("b", [2.0])])
    assert [row.relative for row in rows(few)] == ["1x", "2.00x"]


def test_the_table_in_terminal_and_markdown() -> None:
    test = entry(measurement=measured(1.0))
    test.comparisons = [quantized(), batches()]
    whole = report(test)
    names = Names([test.nodeid])
    for width in (60, 79, 119):
        block = of_session(whole, names, Screen(width))
        shown = [line.text for line in block.lines(block.size)]
        assert max(map(len, shown)) <= width
        assert any("dominated" in line for line in shown)
    text = "\n".join(markdown_lines(whole))
    assert "| dominated by int8 |" in text
    assert r"| `int8 \| compiled` | 5.0 J |" in text
    assert "| `batch=8` | 25.0 J | 3.12 J | 1x | cheapest |" in text


def test_a_block_with_little_room_counts_the_rest() -> None:
    test = entry(measurement=measured(1.0))
    test.comparisons = [quantized()]
    block = of_session(report(test), Names([test.nodeid]), Screen(79))
    assert block.lines(4)[-1].text == "  3 more variants, see -v"
