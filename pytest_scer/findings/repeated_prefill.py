"""Prompts of a test begin alike, and each is read from its beginning.

Evidence: the prompt tokens of a test's calls that begin a prompt as an earlier one began, and what
reading prompts cost per token. Repeats of one call count once.

Threshold: {SHARE:.0%} of the prompt tokens, at least {LEAST} tokens, and {FLOOR_J:g} J.

Remedy: read the common beginning once, and give its key-value cache to each call.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from pytest_scer.core.model_calls import PROMPT_TOKEN, ModelCall
from pytest_scer.findings.generations import calls
from pytest_scer.findings.rule import FLOOR_J, joules, nodeids_by_cost
from pytest_scer.report.model import Finding, Report, TestEntry

KIND: Final = "repeated prefill"

SHARE: Final = 0.25
"""The share of shared tokens from which on a cache is worth its memory."""
LEAST: Final = 32
"""A system prompt or some examples have more tokens than this."""


def find(report: Report) -> Iterator[Finding]:
    """Find the tests that read a common beginning more than once."""
    tests: dict[int, TestEntry] = {}
    made: dict[int, list[ModelCall]] = defaultdict(list)
    for test, call in calls(report, "generation"):
        tests[id(test)] = test
        made[id(test)].append(call)
    found, shared_tokens = [], 0
    for key, its in made.items():
        shared = sum(call.shared_prefix_tokens for call in its)
        tokens = sum(call.units.get(PROMPT_TOKEN, 0.0) for call in its)
        if shared < LEAST or shared < SHARE * tokens:
            continue
        spent_j = sum(call.shared_prefix_tokens * (call.j_per_prompt_token or 0.0) for call in its)
        found.append((tests[key], spent_j))
        shared_tokens += shared
    spent_j = sum(cost for _, cost in found)
    if spent_j >= FLOOR_J:
        yield Finding(
            KIND,
            f"{shared_tokens:,} prompt tokens had been read before, as the beginning of an earlier "
            f"prompt: {joules(spent_j)}",
            nodeids_by_cost(found),
            "hint",
            "generate(..., past_key_values=copy.deepcopy(prefix_cache))   (read the common "
            "beginning once; transformers 5 calls the argument cache)",
            spent_j,
            "J",
        )
