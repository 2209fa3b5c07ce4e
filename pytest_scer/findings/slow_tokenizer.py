"""A GPU waits while the CPU tokenizes.

Evidence: the time from the start of a call to its encoded prompts, of models on a GPU.

Threshold: {SHARE:.0%} of the call's time, and {FLOOR_J:g} J in that time.

Remedy: a fast tokenizer, or prompts that are encoded before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.findings.generations import calls
from pytest_scer.findings.rule import FLOOR_J, joules, nodeids_by_cost, seconds
from pytest_scer.report.model import Finding, Report

KIND: Final = "slow tokenizer"

SHARE: Final = 0.1
"""What is less is hardly worth another tokenizer (a judgement)."""


def find(report: Report) -> Iterator[Finding]:
    """Find the tests whose GPUs wait for the tokenizer."""
    waited = [
        (test, call, call.tokenization)
        for test, call in calls(report)
        if call.tokenization is not None
        and (call.facts.device or "cpu") != "cpu"
        and call.tokenization.duration_s >= SHARE * call.measurement.duration_s
    ]
    waited_j = sum(part.known_j * call.runs for _, call, part in waited)
    if waited_j >= FLOOR_J:
        took_s = sum(part.duration_s * call.runs for _, call, part in waited)
        yield Finding(
            KIND,
            f"the GPU waited {seconds(took_s)} for the tokenizer: {joules(waited_j)}",
            nodeids_by_cost((test, part.known_j) for test, _, part in waited),
            "hint",
            "AutoTokenizer.from_pretrained(..., use_fast=True)   (or pass carbon.generate what "
            "the tokenizer returned)",
            waited_j,
            "J",
        )
