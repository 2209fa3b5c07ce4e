"""Count the tokens that a model generated, in every form in which ``generate`` returns them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

Row = Sequence[int]


def generated_tokens(
    row: Row, ends: Collection[int], padding: int | None, *, may_stop_early: bool = False
) -> int:
    """How many tokens of a row a model generated: the end token included, padding not.

    Args:
        row: Token IDs of one sequence, without its prompt.
        ends: The IDs that end a sequence.
        padding: The ID that fills up a sequence that has ended; None if there is none.
        may_stop_early: Whether sequences may end without an end token, as with stop strings. Then
            padding at the end of a row is no output of the model.
    """
    end = next((index for index, token in enumerate(row) if token in ends), None)
    if end is not None:
        return end + 1
    length = len(row)
    if may_stop_early and padding is not None:
        while length and row[length - 1] == padding:
            length -= 1
    return length


def prompt_width(
    sequences: Sequence[Row], prompts: Sequence[Row] | None, observed: int | None
) -> int:
    """How many tokens at the start of the returned sequences are those of the prompt.

    Args:
        sequences: What ``generate`` returned.
        prompts: The prompts as they were given to the decoder; None if it was given none.
        observed: How long the sequences were before the first token was generated; None if that
            was not seen.
    """
    if prompts and sequences:
        width, copies = len(prompts[0]), max(len(sequences) // len(prompts), 1)
        returned = [list(row[:width]) for row in sequences]
        given = [list(prompt) for prompt in prompts for _ in range(copies)]
        if returned == given:
            return width
    return observed or 0


def surplus_tokens(
    row: Row, decode: Callable[[Row], str], is_complete: Callable[[str], bool]
) -> int:
    """How many tokens came after the answer was complete; 0 if it never was.

    Args:
        row: The generated tokens of one sequence.
        decode: Turns tokens into text.
        is_complete: Whether a text is a complete answer.
    """
    for length in range(1, len(row) + 1):
        if is_complete(decode(row[:length])):
            return len(row) - length
    return 0


class Prefixes:
    """The beginnings of all prompts so far, to find out what was read before."""

    MOST = 200_000
    """How many beginnings are remembered: a few megabytes."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        self._seen: set[int] = set()

    def shared(self, prompts: Iterable[Row], cached: int = 0) -> int:
        """How many tokens of these prompts begin them as an earlier one began; remember them.

        Args:
            prompts: The prompts.
            cached: How many tokens at the beginning of each are not read, but in a cache.
        """
        return sum(max(self._shared(prompt) - cached, 0) for prompt in prompts)

    def _shared(self, prompt: Row) -> int:
        shared, beginning = 0, 0
        for length, token in enumerate(prompt, start=1):
            beginning = hash((beginning, token))
            if beginning in self._seen:
                shared = length
            elif len(self._seen) < self.MOST:
                self._seen.add(beginning)
        return shared
