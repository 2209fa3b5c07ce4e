"""Token counts against a hand count, in every mode, on real small models."""

from __future__ import annotations

import re
from inspect import signature
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from models.clock import Clock  # noqa: E402
from models.small_models import ENDS, TOKENIZER, chat_tokenizer, gpt2, llama, t5  # noqa: E402
from transformers import LlamaForCausalLM, TextStreamer  # noqa: E402

from pytest_scer.core.model_calls import ModelCall  # noqa: E402
from pytest_scer.models.counting import Prefixes  # noqa: E402
from pytest_scer.models.generation import Generation  # noqa: E402

FEW = settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)
TEXTS = st.lists(TEXT, min_size=1, max_size=4)
CACHE = "cache" if "cache" in signature(LlamaForCausalLM.forward).parameters else "past_key_values"
"""How this release of transformers calls the argument that is a key-value cache."""
SEEDS = st.integers(0, 2**31)
NEW = {"max_new_tokens": 12, "eos_token_id": ENDS}


def measured(
    model: Any, prompts: Any, tokenizer: Any = TOKENIZER, **arguments: Any
) -> tuple[ModelCall, Any]:
    generation = Generation(model, tokenizer, prompts, arguments)
    run = generation.run(Clock().read)
    return generation.call_of(run, Prefixes()), run.output


def by_hand(rows: Any, width: int) -> int:
    """Count the tokens one by one: up to the first that ends its sequence."""
    count = 0
    for row in rows.tolist():
        for token in row[width:]:
            count += 1
            if token in ENDS:
                break
    return count


def bytes_of(texts: list[str]) -> list[int]:
    return [len(text.encode()) + 1 for text in texts]  # the tokenizer adds an end token


@FEW
@given(texts=TEXTS)
def test_greedy(texts: list[str]) -> None:
    call, output = measured(gpt2(), texts, do_sample=False, **NEW)
    lengths = bytes_of(texts)
    assert call.units == {
        "request": len(texts),
        "prompt_token": sum(lengths),
        "token": by_hand(output, max(lengths)),
    }
    assert call.padding_tokens == max(lengths) * len(texts) - sum(lengths)
    new = output.shape[1] - max(lengths)
    assert call.idle_tokens == new * len(texts) - call.units["token"]
    assert (call.facts.batch, call.facts.prompt_length) == (len(texts), max(lengths))
    assert call.facts.context == output.shape[1]
    assert call.facts.strategy == "greedy_search"


@FEW
@given(texts=TEXTS, seed=SEEDS, copies=st.integers(1, 3))
def test_sampling(texts: list[str], seed: int, copies: int) -> None:
    lengths = bytes_of(texts)
    inputs = TOKENIZER(texts, padding=True, padding_side="left", return_tensors="pt")
    arguments = {"do_sample": True, "num_return_sequences": copies, **NEW}
    torch.manual_seed(seed)
    call, output = measured(gpt2(), texts, **arguments)
    torch.manual_seed(seed)
    assert torch.equal(output, gpt2().generate(**inputs, **arguments))  # what generate returns
    assert call.units["token"] == by_hand(output, max(lengths))
    assert (call.units["prompt_token"], call.units["request"]) == (sum(lengths), len(texts))


@FEW
@given(texts=TEXTS, sampled=st.booleans())
def test_beams(texts: list[str], *, sampled: bool) -> None:
    arguments = {"num_beams": 3, "do_sample": sampled, "num_return_sequences": 2, **NEW}
    call, output = measured(gpt2(), texts, **arguments)
    assert call.units["token"] == by_hand(output, max(bytes_of(texts)))
    assert (call.units["prompt_token"], call.units["request"]) == (sum(bytes_of(texts)), len(texts))


@FEW
@given(text=TEXT, drafted=st.sampled_from(["model", "prompt"]))
def test_assisted(text: str, drafted: str) -> None:
    more: dict[str, Any] = (
        {"assistant_model": gpt2(1)} if drafted == "model" else {"prompt_lookup_num_tokens": 3}
    )
    call, output = measured(gpt2(), text, do_sample=False, **more, **NEW)
    assert call.units["token"] == by_hand(output, bytes_of([text])[0])
    assert call.units["prompt_token"] == bytes_of([text])[0]
    assert call.facts.assistant == (type(gpt2()).__name__ if drafted == "model" else None)


@FEW
@given(text=TEXT)
def test_assisted_with_an_encoder(text: str) -> None:
    """The first check of the stopping criteria may come after several tokens."""
    for assistant in (t5(), t5(1)):  # its own drafts are all right
        call, output = measured(t5(), text, do_sample=False, assistant_model=assistant, **NEW)
        assert call.units["token"] == by_hand(output, 1)
        assert call.units["prompt_token"] == bytes_of([text])[0]


@FEW
@given(text=TEXT)
def test_streaming(text: str) -> None:
    class Counter(TextStreamer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(TOKENIZER)
            self.count = 0

        def put(self, value: Any) -> None:
            self.count += value.numel()

        def end(self) -> None:
            pass

    streamer = Counter()
    call, _ = measured(gpt2(), text, do_sample=False, streamer=streamer, **NEW)
    assert call.units["prompt_token"] + call.units["token"] == streamer.count


@FEW
@given(texts=TEXTS)
def test_a_static_cache(texts: list[str]) -> None:
    call, output = measured(llama(), texts, do_sample=False, cache_implementation="static", **NEW)
    assert call.units["token"] == by_hand(output, max(bytes_of(texts)))
    assert call.units["prompt_token"] == sum(bytes_of(texts))
    assert call.facts.cache == "static"


@FEW
@given(texts=TEXTS, beams=st.integers(1, 2), start=st.lists(st.integers(3, 9), max_size=2))
def test_an_encoder_with_a_decoder(texts: list[str], beams: int, start: list[int]) -> None:
    more: dict[str, Any] = {}
    if start:  # what the decoder begins with is no output
        more["decoder_input_ids"] = torch.tensor([[0, *start]] * len(texts))
    call, output = measured(t5(), texts, num_beams=beams, do_sample=False, **more, **NEW)
    assert call.units["token"] == by_hand(output, 1 + len(start))
    assert call.units["prompt_token"] == sum(bytes_of(texts))
    assert call.units["request"] == len(texts)


@FEW
@given(chats=st.lists(st.lists(TEXT, min_size=1, max_size=2), min_size=1, max_size=3))
def test_chat_templates(chats: list[list[str]]) -> None:
    conversations = [
        [{"role": "user", "content": content} for content in contents] for contents in chats
    ]
    lengths = [
        sum(len(f"u:{content};".encode()) for content in contents) + len("a:") for contents in chats
    ]
    prompts = conversations[0] if len(conversations) == 1 else conversations
    call, output = measured(gpt2(), prompts, chat_tokenizer(), do_sample=False, **NEW)
    assert call.units["prompt_token"] == sum(lengths)
    assert call.units["token"] == by_hand(output, max(lengths))
    assert call.units["request"] == len(chats)


@FEW
@given(texts=TEXTS)
def test_inputs_that_are_encoded(texts: list[str]) -> None:
    inputs = TOKENIZER(texts, padding=True, padding_side="left", return_tensors="pt")
    for prompts in (inputs, inputs["input_ids"]):  # without a mask, padding is masked as well
        call, output = measured(gpt2(), prompts, None, do_sample=False, **NEW)
        assert call.units["prompt_token"] == sum(bytes_of(texts))
        assert call.units["token"] == by_hand(output, inputs["input_ids"].shape[1])
        assert call.tokenization is None


def test_end_tokens_in_a_prompt_are_no_padding() -> None:
    prompts = torch.tensor([[1, 5, 6], [7, 1, 9]])
    for padding, tokens in ((1, 6), (5, 5), (None, 6)):  # as generate() infers the mask
        call, _ = measured(gpt2(), prompts, None, pad_token_id=padding, max_new_tokens=2)
        assert call.units["prompt_token"] == tokens


def test_without_an_end_token_all_counts() -> None:
    call, _ = measured(gpt2(), ["a", "bcd"], do_sample=True, max_new_tokens=9, eos_token_id=None)
    assert call.units["token"] == 2 * 9


def test_what_is_measured() -> None:
    call, _ = measured(gpt2(), "hello", do_sample=False, **NEW)
    assert call.prefill is not None
    assert call.decode is not None
    assert call.tokenization is not None
    # Readings: start, encoded, first token, end.
    assert [call.measurement.cpu_j, call.prefill.cpu_j, call.decode.cpu_j] == [3, 2, 1]
    assert call.tokenization.cpu_j == 1
    assert call.time_to_first_token_s == 2
    assert call.tokens_per_s == call.units["token"] / 3
    assert call.j_per_prompt_token == 2 / 6
    assert call.facts.parameters == sum(each.numel() for each in gpt2().parameters())
    assert (call.facts.dtype, call.facts.device) == ("float32", "cpu")
    assert call.facts.attention in ("sdpa", "eager")


def test_outputs_in_other_forms() -> None:
    for more in ({"return_dict_in_generate": True}, {"stopping_criteria": [NeverStops()]}):
        call, _ = measured(gpt2(), ["a", "bc"], do_sample=False, **more, **NEW)
        plain, _ = measured(gpt2(), ["a", "bc"], do_sample=False, **NEW)
        assert call.units == plain.units


class NeverStops:
    def __call__(self, input_ids: Any, scores: Any, **more: Any) -> Any:
        return torch.zeros(len(input_ids), dtype=torch.bool)


def test_a_tokenizer_is_afterwards_as_it_was() -> None:
    tokenizer = chat_tokenizer()
    before = (tokenizer.padding_side, tokenizer.pad_token)
    measured(gpt2(), ["a", "bcd"], tokenizer, **NEW)
    assert (tokenizer.padding_side, tokenizer.pad_token) == before


@pytest.mark.parametrize(
    ("model", "prompts", "error", "message"),
    [
        (object(), "a", TypeError, "object has no generate()"),
        (None, [], ValueError, "no prompts"),
        (None, {"input_ids": [[1, 2]]}, TypeError, "return_tensors='pt'"),
    ],
)
def test_what_cannot_be_generated(
    model: Any, prompts: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        measured(model or gpt2(), prompts)


def test_texts_need_a_tokenizer() -> None:
    with pytest.raises(TypeError, match="expected a tokenizer"):
        measured(gpt2(), "a", None)


def test_a_complete_answer() -> None:
    generation = Generation(
        gpt2(), TOKENIZER, "a", {"do_sample": False, "max_new_tokens": 12}, complete=lambda _: True
    )
    call = generation.call_of(generation.run(Clock().read), None)
    assert call.surplus_tokens == call.units["token"] - 1


def test_what_follows_the_end_is_not_surplus() -> None:
    a = ord("a") + 3
    rows = [[a] * 4, [a, 1, a, a], [1, a, a, a]]
    settings = {"do_sample": False, "max_new_tokens": 4, "logits_processor": [Writes(rows, 2)]}
    generation = Generation(gpt2(), TOKENIZER, ["x", "y", "z"], settings, complete=bool)
    call = generation.call_of(generation.run(Clock().read), None)
    assert call.units["token"] == 4 + 2 + 1
    assert call.surplus_tokens == 3  # what the first wrote after one letter


def test_continuous_batching_takes_no_stopping_criteria() -> None:
    given: list[dict[str, Any]] = []

    def generate(**arguments: Any) -> Any:
        given.append(arguments)
        return torch.tensor([[100, 1, 5]])

    for more in ({}, {"cache_implementation": "paged"}):
        generation = Generation(gpt2(), TOKENIZER, "a", more, generate=generate)
        call = generation.call_of(generation.run(Clock().read), None)
        assert call.units == {"request": 1, "prompt_token": 2, "token": 1}
        assert call.prefill is None
    assert ["stopping_criteria" in each for each in given] == [True, False]


def test_counting_flops_streams_nothing() -> None:
    class Silent:
        def put(self, value: Any) -> None:
            raise AssertionError("streamed")

    Generation(gpt2(), TOKENIZER, "a", {"max_new_tokens": 2, "streamer": Silent()}).count_flops()


def test_flops_are_counted_apart_and_in_each_run() -> None:
    generation = Generation(gpt2(), TOKENIZER, "a", {"do_sample": True, "max_new_tokens": 3})
    state = torch.random.get_rng_state()
    generation.count_flops()
    assert torch.equal(torch.random.get_rng_state(), state)
    call = generation.call_of(generation.run(Clock().read), None)
    assert call.units["flop"] > 0
    assert call.j_per_flop == 3 / call.units["flop"]


def words(**special: str) -> Any:
    """A tokenizer of a few words, which does not pad unless it is told with what."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    known = {"<end>": 1, **{word: 3 + number for number, word in enumerate("abcdefgh")}}
    inner = Tokenizer(models.WordLevel(known, unk_token="<end>"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<end>", **special)


def test_a_tokenizer_without_padding_pads_with_its_end_token() -> None:
    tokenizer = words()
    call, output = measured(gpt2(), ["a b c", "a"], tokenizer, do_sample=False, max_new_tokens=4)
    assert call.units["prompt_token"] == 4
    assert output[1, :3].tolist() == [1, 1, 3]
    assert tokenizer.pad_token is None


class Writes:
    """Has each sequence go on with these tokens, whatever the model says."""

    def __init__(self, rows: list[list[int]], width: int) -> None:
        self.rows, self.width = rows, width

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        forced = torch.full_like(scores, -torch.inf)
        for number, row in enumerate(self.rows):
            forced[number, row[input_ids.shape[1] - self.width]] = 0
        return forced


@pytest.mark.parametrize("padding", [None, 0, 1], ids=["none", "another", "the end token"])
def test_stop_strings_end_sequences_without_an_end_token(padding: int | None) -> None:
    """Also where padding is the end token, so that a row looks as if it had ended with it."""
    a, stop = ord("a") + 3, ord(";") + 3
    rows = [[a, a, stop, a, a, a], [a, 1, a, a, a, a], [a] * 6]
    call, output = measured(
        gpt2(),
        ["x", "y", "z"],
        do_sample=False,
        max_new_tokens=6,
        stop_strings=";",  # the tokenizer need not be given again
        logits_processor=[Writes(rows, 2)],
        pad_token_id=padding,
    )
    end = 1 if padding is None else padding
    assert output[:, 2:].tolist() == [[a, a, stop, *[end] * 3], [a, 1, *[end] * 4], rows[2]]
    assert call.units["token"] == 3 + 2 + 6


def test_an_iterator_of_prompts_is_read_by_each_run() -> None:
    generation = Generation(gpt2(), TOKENIZER, iter(["a", "bc"]), {"max_new_tokens": 2})
    for _ in range(2):
        call = generation.call_of(generation.run(Clock().read), None)
        assert call.units["prompt_token"] == 2 + 3


@pytest.mark.parametrize("where", ["argument", "prompts"])
def test_each_run_begins_with_the_cache_as_it_was_given(where: str) -> None:
    from transformers import DynamicCache

    whole = TOKENIZER("a common beginning and more", return_tensors="pt")
    begun: Any = DynamicCache(config=llama().config)
    with torch.no_grad():
        llama()(whole["input_ids"][:, :9], use_cache=True, **{CACHE: begun})
    assert begun.get_seq_length() == 9
    arguments: dict[str, Any] = {"do_sample": False, **NEW}
    plain = llama().generate(**whole, **arguments)
    given = {CACHE: begun}
    prompts = {**whole, **given} if where == "prompts" else whole
    more = given if where == "argument" else {}
    generation = Generation(llama(), None, prompts, {**arguments, **more})
    generation.keep_inputs()
    generation.count_flops()
    prefixes = Prefixes()
    prefixes.shared([whole["input_ids"][0].tolist()])
    for _ in range(2):
        run = generation.run(Clock().read)
        assert torch.equal(run.output, plain)
        call = generation.call_of(run, prefixes)
        assert call.units["prompt_token"] == whole["input_ids"].shape[1]
        # Read before, except for what the cache holds.
        assert call.shared_prefix_tokens == whole["input_ids"].shape[1] - 9
    assert begun.get_seq_length() == 9
    assert call.facts.cache == ("DynamicCache" if where == "argument" else None)


def test_a_cache_that_is_used_once_is_filled_as_generate_does() -> None:
    from transformers import DynamicCache

    cache: Any = DynamicCache(config=llama().config)
    call, output = measured(llama(), "abc", **{CACHE: cache}, max_new_tokens=3, min_new_tokens=3)
    assert cache.get_seq_length() == output.shape[1] - 1  # the last token was not read
    assert call.units["token"] == 3


@pytest.mark.parametrize("seed", range(3))
def test_where_the_first_token_came_does_not_depend_on_what_is_measured(seed: int) -> None:
    """The same random numbers, also in training mode, where a warm-up would draw some."""
    model = gpt2()
    model.train()
    try:
        arguments = {"do_sample": True, "max_new_tokens": 5, "eos_token_id": None}
        inputs = TOKENIZER("abc", return_tensors="pt")
        torch.manual_seed(seed)
        expected = model.generate(**inputs, **arguments)
        torch.manual_seed(seed)
        generation = Generation(model, TOKENIZER, "abc", arguments)
        generation.warm_up()
        generation.count_flops()
        assert torch.equal(generation.run(Clock().read).output, expected)
    finally:
        model.eval()
