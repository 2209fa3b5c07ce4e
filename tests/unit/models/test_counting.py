from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.models.counting import (
    Prefixes,
    generated_tokens,
    prompt_width,
    surplus_tokens,
)

PADDING, END, OTHER_END = 0, 1, 2
WORDS = st.lists(st.integers(min_value=3, max_value=9), max_size=8)


@given(words=WORDS, ending=st.sampled_from([END, OTHER_END]), padding=st.integers(0, 5))
def test_the_end_token_counts_and_what_comes_after_it_does_not(
    words: list[int], ending: int, padding: int
) -> None:
    row = [*words, ending, *[PADDING] * padding]
    assert generated_tokens(row, {END, OTHER_END}, PADDING) == len(words) + 1
    row = [*words, END, *[END] * padding]  # where padding is the end token, as in GPT-2
    assert generated_tokens(row, {END}, END) == len(words) + 1


@given(words=WORDS, padding=st.integers(0, 5))
def test_without_an_end_all_counts_unless_something_else_may_end_it(
    words: list[int], padding: int
) -> None:
    row = [*words, *[PADDING] * padding]
    assert generated_tokens(row, {END}, PADDING) == len(row)
    assert generated_tokens(row, {END}, PADDING, may_stop_early=True) == len(words)
    assert generated_tokens(row, set(), None, may_stop_early=True) == len(row)


def test_where_the_output_begins() -> None:
    prompts = [[3, 4], [5, 6]]
    assert prompt_width([[3, 4, 9], [5, 6, 9]], prompts, None) == 2
    copies = [[3, 4, 9], [3, 4, 8], [5, 6, 9], [5, 6, 8]]  # two sequences a prompt
    assert prompt_width(copies, prompts, None) == 2
    assert prompt_width([[9, 9], [9, 9]], prompts, 0) == 0  # the model returns new tokens only
    assert prompt_width([[0, 9]], None, 1) == 1  # a decoder that was given its start token
    assert prompt_width([[9]], None, None) == 0


def test_what_comes_after_a_complete_answer() -> None:
    def text(row: object) -> str:
        assert isinstance(row, list)
        return "".join(map(str, row))

    assert surplus_tokens([4, 2, 7, 7, 7], text, lambda answer: answer.endswith("42")) == 3
    assert surplus_tokens([4, 2], text, lambda answer: answer.endswith("42")) == 0
    assert surplus_tokens([7, 7], text, lambda answer: answer.endswith("42")) == 0
    assert surplus_tokens([], text, bool) == 0


def test_what_was_read_before() -> None:
    prefixes = Prefixes()
    assert prefixes.shared([[1, 2, 3, 4]]) == 0
    assert prefixes.shared([[1, 2, 9], [1, 2, 3, 4], [5]]) == 6
    assert prefixes.shared([[2, 1]]) == 0


@given(st.lists(WORDS, max_size=6))
def test_a_shared_beginning_is_that_of_some_earlier_prompt(prompts: list[list[int]]) -> None:
    prefixes = Prefixes()
    for index, prompt in enumerate(prompts):
        expected = max(
            (
                next(
                    (
                        n
                        for n, pair in enumerate(zip(prompt, other, strict=False))
                        if len({*pair}) > 1
                    ),
                    min(len(prompt), len(other)),
                )
                for other in prompts[:index]
            ),
            default=0,
        )
        assert prefixes.shared([prompt]) == expected
