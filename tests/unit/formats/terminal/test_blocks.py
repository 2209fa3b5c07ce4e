"""Lines divided among blocks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.formats.terminal.blocks import Items, share_out
from pytest_scer.formats.terminal.screen import Line


@given(st.lists(st.tuples(st.integers(1, 99), st.integers(1, 5)), max_size=6), st.integers(-9, 60))
def test_no_more_is_given_than_there_is_and_nobody_gets_more_than_wanted(
    blocks: list[tuple[int, int]], room: int
) -> None:
    wanted = [lines for lines, _ in blocks]
    parts = share_out(wanted, [weight for _, weight in blocks], room)
    assert sum(parts) <= max(room, 0)
    assert all(0 <= part <= lines for part, lines in zip(parts, wanted, strict=True))
    if sum(wanted) <= room:
        assert parts == wanted


def test_what_a_small_block_leaves_goes_to_the_others() -> None:
    assert share_out([2, 50, 50], [1, 1, 1], 20) == [2, 9, 9]
    assert share_out([50, 50], [3, 1], 20) == [15, 5]


def test_items_are_shown_whole_or_not_at_all() -> None:
    def more(shown: int) -> Line:
        return Line(f"{3 - shown} more")

    two = [Line("a"), Line("b")]
    items = Items([Line("title")], [two, two, two], more, [Line("tail")])
    assert items.size == 8
    assert [line.text for line in items.lines(7)] == ["title", "a", "b", "a", "b", "1 more", "tail"]
    assert [line.text for line in items.lines(1)] == ["title", "a", "b", "2 more", "tail"]
    assert Items([Line("title")], [], more).size == 0
