"""Turn prompts into the inputs of a model, in each form in which users have them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from typing import Any

Row = list[int]


@dataclass(frozen=True)
class Prompts:
    """Prompts as a model reads them.

    What is counted in them is counted when it is asked for, which is after the run.

    Attributes:
        inputs: The arguments for the model.
        requests: How many prompts there are.
        tokenized: Whether the prompts were texts.
        hidden: The ID of padding where there is no mask; None if it is not masked.
    """

    inputs: dict[str, Any]
    requests: int
    tokenized: bool
    hidden: int | None = None

    @cached_property
    def rows(self) -> list[Row] | None:
        """The token IDs of each prompt, padding included; None if the inputs are no tokens."""
        ids = self.inputs.get("input_ids")
        return None if ids is None else ids.tolist()

    @cached_property
    def mask(self) -> list[Row]:
        """For each prompt, which of its positions hold a token; empty if that is unknown."""
        mask = self.inputs.get("attention_mask")
        if mask is not None and len(mask.shape) == 2:
            known: list[Row] = mask.ne(0).int().tolist()
            return known
        # The mask that generate() infers.
        return [[int(token != self.hidden) for token in row] for row in self.rows or ()]

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
            # The mask is longer than the prompt where it also covers a key-value cache.
            [token for token, kept in zip(row, mask[-len(row) :], strict=False) if kept]
            for row, mask in zip(self.rows or (), self.mask, strict=False)
        ]


def encode(model: Any, tokenizer: Any, prompts: Any, padding: int | None = None) -> Prompts:
    """Encode prompts for a model.

    Args:
        model: The model, for its device and padding side.
        tokenizer: Its tokenizer or processor.
        prompts: A text or several; a message (with ``role`` and ``content``), a conversation (a
            list of them) or several; or inputs that are encoded already: a tensor of token IDs, or
            a mapping such as a tokenizer returns.
        padding: The ID of padding in token IDs that come without a mask; None if it is not masked.

    Raises:
        TypeError: The prompts are in none of these forms.
        ValueError: There are none.
    """
    if isinstance(prompts, Mapping) and not _is_message(prompts):
        return _prompts(model, dict(prompts), padding, tokenized=False)
    if is_tensor(prompts):
        return _prompts(model, {"input_ids": prompts}, padding, tokenized=False)
    if tokenizer is None:
        raise TypeError("the prompts are texts: expected a tokenizer, not None")
    with _padding(tokenizer, left=continues_prompt(model)):
        inputs = dict(_encode(tokenizer, prompts))
    forward = getattr(model, "forward", None)
    if forward is not None and "token_type_ids" not in signature(forward).parameters:
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


def is_tensor(value: object) -> bool:
    """Whether a value is a tensor of torch; arrays and columns of other libraries hold texts."""
    return hasattr(value, "new_tensor")


def all_of(texts: Any) -> Any:
    """What can be read again in each run: several texts as a list, whatever yields them."""
    is_whole = isinstance(texts, str | Mapping) or is_tensor(texts)
    return texts if is_whole or not isinstance(texts, Iterable) else list(texts)


def _is_message(value: object) -> bool:
    return isinstance(value, Mapping) and "role" in value


def _encode(tokenizer: Any, prompts: Any) -> Any:
    single = isinstance(prompts, str) or _is_message(prompts)
    listed = [prompts] if single or not isinstance(prompts, Iterable) else list(prompts)
    if not listed:
        raise ValueError("no prompts: expected at least one")
    if all(isinstance(each, str) for each in listed):
        return _texts(tokenizer, listed)
    chats = [listed] if _is_message(listed[0]) else listed
    for chat in chats:
        if not (isinstance(chat, list | tuple) and chat and all(map(_is_message, chat))):
            raise TypeError(
                f"a prompt is {type(chat).__name__!r}: expected texts, conversations (lists of "
                "messages with role and content), or inputs with return_tensors='pt'"
            )
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
    # Of images there may be several to a prompt.
    tokens = (inputs.get(name) for name in ("input_ids", "attention_mask"))
    requests = next((each for each in tokens if each is not None), first).shape[0]
    return Prompts(inputs, int(requests), tokenized, padding)


def _on_device(value: Any, model: Any) -> Any:
    return value.to(model.device) if hasattr(value, "to") and hasattr(model, "device") else value
