"""A model works on one request at a time, though it was cheaper in batches.

Evidence: calls of one model, of equal size, type, device and strategy, with one and with more
requests at once, each at its cost per token (or per text, or per inference). Only calls count whose
prompts, and whose outputs, are of similar length: within a factor of {SIMILAR:g}. The saving is
what the calls with one request would have cost less at the best batch that was seen.

Threshold: at least {SHARE:.0%} cheaper, beyond the uncertainty that the session itself shows, and
{FLOOR_J:g} J.

Remedy: that batch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from pytest_scer.core import units
from pytest_scer.core.model_calls import INFERENCE, REQUEST, TEXT, TOKEN, ModelCall
from pytest_scer.findings.generations import alike, calls, name
from pytest_scer.findings.rule import FLOOR_J, joules, nodeids_by_cost
from pytest_scer.report.model import Finding, Report, TestEntry

KIND: Final = "batch of one"

SHARE: Final = 0.2
"""Two tests of one session differ by this much for other reasons."""
SIMILAR: Final = 1.5
"""Calls whose lengths differ by more than this factor have other costs per token for that reason (a
judgement)."""
UNITS: Final = (TOKEN, TEXT, INFERENCE, REQUEST)
"""What a batch is compared by: the first of these that was counted."""

Made = tuple[TestEntry, ModelCall]


def find(report: Report) -> Iterator[Finding]:
    """Find the models that are cheaper in batches than one by one."""
    groups: dict[tuple[str, tuple[object, ...]], list[Made]] = defaultdict(list)
    for made in calls(report):
        unit = next((unit for unit in UNITS if made[1].units.get(unit)), None)
        if unit is not None and made[1].facts.batch:
            groups[unit, alike(*made)].append(made)
    for (unit, _), its in groups.items():
        yield from _cheaper_in_batches(its, unit)


def _cheaper_in_batches(its: Sequence[Made], unit: str) -> Iterator[Finding]:
    # A test that compares variants has single requests on purpose.
    single = [made for made in its if made[1].facts.batch == 1 and not made[0].comparisons]
    batched = [made for made in its if (made[1].facts.batch or 0) > 1]
    if not single or not batched:
        return
    test, best = min(batched, key=lambda made: _each(made[1], unit))
    each_j = _each(best, unit)
    savings = []
    for other, call in single:
        if not _is_similar(call, best, unit):
            continue
        if each_j + _doubt(best, unit) < (1 - SHARE) * (_each(call, unit) - _doubt(call, unit)):
            saved = call.measurement.known_j - each_j * call.units[unit]
            savings.append((other, saved * call.runs))
    total_j = sum(saved for _, saved in savings)
    if total_j >= FLOOR_J:
        yield Finding(
            KIND,
            f"{name(test, best)} worked on one request at a time; at {best.facts.batch} it used "
            f"{units.quantity(each_j, 'J', digits=2)} per {unit}, which saves {joules(total_j)}",
            nodeids_by_cost(savings),
            "hint",
            f"carbon.generate(model, tokenizer, prompts)   (with {best.facts.batch} prompts; "
            f"pipelines: batch_size={best.facts.batch})",
            total_j,
            "J",
        )


def _is_similar(single: ModelCall, batched: ModelCall, unit: str) -> bool:
    """Whether the prompts and the outputs of a request have similar lengths in both."""
    lengths = [
        (call.facts.prompt_length or 0, call.units[unit] / (call.facts.batch or 1) / call.batches)
        for call in (single, batched)
    ]
    return all(max(pair) <= SIMILAR * min(pair) for pair in zip(*lengths, strict=True))


def _each(call: ModelCall, unit: str) -> float:
    return call.measurement.known_j / call.units[unit]


def _doubt(call: ModelCall, unit: str) -> float:
    return (call.measurement.within_session_j or 0.0) / call.units[unit]
