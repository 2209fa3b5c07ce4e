"""Much of what a model computes in a batch is padding.

Evidence: the positions of prompts that held padding, as a share of all, of what reading them cost;
and the positions of requests that had ended while others went on, of what decoding cost.

Threshold: {SHARE:.0%} of the positions, and {FLOOR_J:g} J.

Remedy: batches of texts that are equally long.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.core.model_calls import PROMPT_TOKEN, TOKEN, ModelCall
from pytest_scer.findings.generations import calls
from pytest_scer.findings.generations import joules as joules_of
from pytest_scer.findings.rule import FLOOR_J, joules, nodeids_by_cost
from pytest_scer.report.model import Finding, Report

KIND: Final = "padding"

SHARE: Final = 0.3
"""What is less is hardly worth sorting texts for (a judgement)."""


def find(report: Report) -> Iterator[Finding]:
    """Find the tests whose models compute padding."""
    found = []
    positions, padded = 0.0, 0.0
    for test, call in calls(report):
        held, tokens = call.padding_tokens + call.idle_tokens, _tokens(call)
        if held and held >= SHARE * (held + tokens):
            found.append((test, _spent_j(call) * call.runs))
            positions, padded = positions + held + tokens, padded + held
    spent_j = sum(cost for _, cost in found)
    if spent_j >= FLOOR_J:
        yield Finding(
            KIND,
            f"{padded / positions:.0%} of the positions that models computed in batches were "
            f"padding: {joules(spent_j)}",
            nodeids_by_cost(found),
            "hint",
            "prompts.sort(key=len)   (and smaller batches, each of texts that are equally long)",
            spent_j,
            "J",
        )


def _tokens(call: ModelCall) -> float:
    return call.units.get(PROMPT_TOKEN, 0.0) + call.units.get(TOKEN, 0.0)


def _spent_j(call: ModelCall) -> float:
    if call.prefill is None:
        return _share(call.padding_tokens, call.units.get(TOKEN, 0.0)) * call.measurement.known_j
    read = _share(call.padding_tokens, call.units.get(PROMPT_TOKEN, 0.0)) * joules_of(call.prefill)
    return read + _share(call.idle_tokens, call.units.get(TOKEN, 0.0)) * joules_of(call.decode)


def _share(held: int, tokens: float) -> float:
    return held / (held + tokens) if held else 0.0
