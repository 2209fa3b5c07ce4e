"""Turn prompts into the inputs of a model, in each form in which users have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import signature
from typing import Any

Row = list[int]


@dataclass(frozen=True)
class Prompts:
    """Prompts as a model reads them.

    Attributes:
        inputs: The arguments for the model.
        rows: The token IDs of each prompt, padding included; None if the inputs are no tokens.
        mask: For each prompt, which of its positions hold a token; empty if that is unknown.
        requests: How many prompts there are.
        tokenized: Whether the prompts were texts.
    """

    inputs: dict[str, Any]
    rows: list[Row] | None
    mask: list[Row]
    requests: int
    tokenized: bool

    @property
    def length(self) -> int:
        """The length of the longest prompt in tokens."""
        return max((sum(row) for row in self.mask), default=0)

    @property
    def tokens(self) -> int:
        """How many tokens the prompts have, special ones included, padding not."""
        return sum(map(sum, self.mask))

    @property
    def padding(self) -> int:
        """How many positions hold padding."""
        return sum(map(len, self.mask)) - self.tokens

    @property
    def unpadded(self) -> list[Row]:
        """The tokens of each prompt without padding."""
        return [
            [token for token, kept in zip(row, mask, strict=False) if kept]
            for row, mask in zip(self.rows or (), self.mask, strict=False)
        ]


def encode(model: Any, tokenizer: Any, prompts: Any, padding: int | None = None) -> Prompts:
    """Encode prompts for a model.

    Args:
        model: The model, for its device and padding side.
        tokenizer: Its tokenizer or processor.
        prompts: A text or several; a conversation (a list of messages with ``role`` and
            ``content``) or several; or inputs that are encoded already: a tensor of token IDs, or
            a mapping such as a tokenizer returns.
        padding: The ID of padding in token IDs that come without a mask; None if it is not masked.

    Raises:
        TypeError: The prompts are in none of these forms.
        ValueError: There are none.
    """
    if isinstance(prompts, Mapping) and "role" not in prompts:
        return _prompts(model, dict(prompts), padding, tokenized=False)
    if hasattr(prompts, "shape"):
        return _prompts(model, {"input_ids": prompts}, padding, tokenized=False)
    if tokenizer is None:
        raise TypeError("the prompts are texts: expected a tokenizer, not None")
    with _padding(tokenizer, left=continues_prompt(model)):
        inputs = dict(_encode(tokenizer, prompts))
    if "token_type_ids" not in signature(model.forward).parameters:
        inputs.pop("token_type_ids", None)  # generate() refuses what the model does not take
    return _prompts(model, inputs, padding, tokenized=True)


def is_encoder_decoder(model: Any) -> bool:
    """Whether a model has an encoder that reads the prompt, such as T5."""
    return bool(getattr(getattr(model, "config", None), "is_encoder_decoder", False))


def continues_prompt(model: Any) -> bool:
    """Whether a model generates by continuing its prompt, as GPT does."""
    return can_generate(model) and not is_encoder_decoder(model)


def can_generate(model: Any) -> bool:
    """Whether a model of transformers generates tokens."""
    own = getattr(model, "can_generate", None)
    return bool(own and own())


def _encode(tokenizer: Any, prompts: Any) -> Any:
    if isinstance(prompts, str):
        return _texts(tokenizer, [prompts])
    listed = list(prompts)
    if not listed:
        raise ValueError("no prompts: expected at least one")
    if all(isinstance(each, str) for each in listed):
        return _texts(tokenizer, listed)
    chats = [listed] if isinstance(listed[0], Mapping) else [list(each) for each in listed]
    return tokenizer.apply_chat_template(
        chats,
        add_generation_prompt=True,
        tokenize=True,
        return_dict=True,
        return_tensors="pt",
        padding=len(chats) > 1,
    )


def _texts(tokenizer: Any, texts: Sequence[str]) -> Any:
    # A processor takes images first, so texts are named.
    return tokenizer(text=list(texts), return_tensors="pt", padding=len(texts) > 1)


@contextmanager
def _padding(tokenizer: Any, *, left: bool) -> Iterator[None]:
    """Have a tokenizer pad, on the left for models that continue their prompt.

    A tokenizer without a padding token, such as GPT-2's, pads with its end token; the attention
    mask hides it from the model. Afterwards the tokenizer is as it was.
    """
    own = getattr(tokenizer, "tokenizer", tokenizer)
    side, token = getattr(own, "padding_side", None), getattr(own, "pad_token", None)
    if left and side is not None:
        own.padding_side = "left"
    if token is None and getattr(own, "eos_token", None) is not None:
        own.pad_token = own.eos_token
    try:
        yield
    finally:
        if side is not None:
            own.padding_side = side
        if token is None and getattr(own, "pad_token", None) is not None:
            own.pad_token = None


def _prompts(
    model: Any, inputs: dict[str, Any], padding: int | None, *, tokenized: bool
) -> Prompts:
    inputs = {name: _on_device(value, model) for name, value in inputs.items()}
    first = next((value for value in inputs.values() if hasattr(value, "shape")), None)
    if first is None:
        raise TypeError("the prompts hold no tensors: tokenize them with return_tensors='pt'")
    for name in ("input_ids", "attention_mask"):
        if name in inputs and len(inputs[name].shape) == 1:  # one prompt, not as a batch
            inputs[name] = inputs[name][None]
    ids, mask = inputs.get("input_ids"), inputs.get("attention_mask")
    first = next(value for value in inputs.values() if hasattr(value, "shape"))
    rows = None if ids is None else ids.tolist()
    if mask is not None and len(mask.shape) == 2:
        known = mask.ne(0).int().tolist()
    else:  # the mask that generate() infers
        known = [[int(token != padding) for token in row] for row in rows or ()]
    return Prompts(inputs, rows, known, int(first.shape[0]), tokenized)


def _on_device(value: Any, model: Any) -> Any:
    return value.to(model.device) if hasattr(value, "to") and hasattr(model, "device") else value
