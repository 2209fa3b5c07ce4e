"""A model goes on generating after its answer is complete.

Evidence: `complete=` of `carbon.generate`, which recognizes a complete answer, and the tokens that
came after it, as a share of what decoding cost. Such tokens were reported to cost 44 to 89 % of the
energy of generating code ([arXiv:2602.05712](https://arxiv.org/abs/2602.05712), 2026).

Threshold: {SHARE:.0%} of the generated tokens, and {FLOOR_J:g} J.

Remedy: stop there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.core.model_calls import TOKEN
from pytest_scer.core.units import counted
from pytest_scer.findings.generations import calls
from pytest_scer.findings.generations import joules as joules_of
from pytest_scer.findings.rule import FLOOR_J, joules, nodeids_by_cost
from pytest_scer.report.model import Finding, Report

KIND: Final = "babbling"

SHARE: Final = 0.1
"""What is less than this share of the tokens is not worth a stopping criterion."""


def find(report: Report) -> Iterator[Finding]:
    """Find the tests whose models generate more than they need."""
    found = []
    surplus, tokens = 0.0, 0.0
    for test, call in calls(report):
        generated = call.units.get(TOKEN, 0.0)
        if not generated or not call.surplus_tokens:
            continue
        share = call.surplus_tokens / generated
        if share >= SHARE:
            found.append((test, share * joules_of(call.decode) * call.runs))
            surplus, tokens = surplus + call.surplus_tokens, tokens + generated
    wasted_j = sum(cost for _, cost in found)
    if wasted_j >= FLOOR_J:
        yield Finding(
            KIND,
            f"{surplus / tokens:.0%} of {counted(int(tokens), 'generated token')} came after the "
            f"answer was complete: {joules(wasted_j)}",
            nodeids_by_cost(found),
            "hint",
            "stop_strings=[...], tokenizer=tokenizer   (in generate; or a smaller max_new_tokens)",
            wasted_j,
            "J",
        )
