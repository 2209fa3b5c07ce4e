"""The calls of models in a report."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pytest_scer.report.schema.figures import Bytes, Count, Derived, Finite, Part
from pytest_scer.report.schema.measurements import Measurement


class ModelCall(Part):
    task: Annotated[str, Field(description="generation, embedding, classification or pipeline")]
    architecture: Annotated[str | None, Field(description="the class of the model")]
    parameters: Annotated[Bytes | None, Field(description="how many the model has")]
    dtype: str | None
    device: str | None
    attention: Annotated[str | None, Field(description="the attention implementation")]
    strategy: Annotated[str | None, Field(description="how tokens were chosen")]
    cache: Annotated[str | None, Field(description="the kind of key-value cache, if it was named")]
    assistant: Annotated[str | None, Field(description="the class of the model that drafted")]
    batch: Annotated[Count | None, Field(description="requests at once")]
    prompt_length: Annotated[Count | None, Field(description="tokens of the longest prompt")]
    context: Annotated[Count | None, Field(description="tokens of the longest sequence")]
    peak_memory: Annotated[
        dict[str, Bytes], Field(description="the most bytes in use at once, by device")
    ]
    units: dict[str, Finite]
    measurement: Annotated[
        Measurement, Field(description="one run, the median of several, without first-call costs")
    ]
    prefill: Annotated[Measurement | None, Field(description="up to the first generated token")]
    decode: Annotated[Measurement | None, Field(description="from there to the end")]
    tokenization: Annotated[Measurement | None, Field(description="a part of prefill")]
    first_call: Annotated[
        Measurement | None,
        Field(description="what only the first call costs: loading, allocating, compiling"),
    ]
    runs: Count
    batches: Annotated[Count, Field(ge=1, description="worked on one after the other")]
    padding_tokens: Annotated[Count, Field(description="prompt positions that held padding")]
    idle_tokens: Annotated[
        Count, Field(description="output positions of requests that had ended before others")
    ]
    surplus_tokens: Annotated[
        Count | None, Field(description="generated after the answer was complete; null: unknown")
    ]
    shared_prefix_tokens: Annotated[
        Count, Field(description="prompt tokens that an earlier prompt of the test began with")
    ]
    time_to_first_token_s: Derived
    tokens_per_s: Derived
    j_per_prompt_token: Annotated[Derived, Field(description="prefill per prompt token")]
    j_per_token: Annotated[Derived, Field(description="measurement per generated token")]
    decode_j_per_token: Annotated[Derived, Field(description="decode per generated token")]
    j_per_request: Derived
    j_per_flop: Derived
    problem: Annotated[str | None, Field(description="why nothing was counted")]
