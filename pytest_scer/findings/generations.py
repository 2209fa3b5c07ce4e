"""The calls of models in a report, for the rules about them."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_scer.core.measurement import Measurement
from pytest_scer.core.model_calls import ModelCall
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.model import Report, TestEntry
from pytest_scer.report.phases import model_of


def calls(report: Report, task: str | None = None) -> Iterator[tuple[TestEntry, ModelCall]]:
    """Yield the calls that have a figure, with the tests that made them.

    Args:
        report: The report.
        task: Only calls of this task.
    """
    for test in last_attempts(report.tests):
        for call in test.model_calls:
            if call.measurement.complete and task in (None, call.task):
                yield test, call


def joules(measured: Measurement | None) -> float:
    """The joules of a part of a call; 0 if the call has no such part."""
    return 0.0 if measured is None else measured.known_j


def alike(test: TestEntry, call: ModelCall) -> tuple[object, ...]:
    """What calls share whose cost per token can be compared."""
    facts = call.facts
    return (
        test.model or facts.architecture,
        facts.parameters,
        facts.dtype,
        facts.device,
        facts.strategy,
        facts.assistant,
        call.task,
    )


def name(test: TestEntry, call: ModelCall) -> str:
    """The name of the model of a call, as a reader knows it."""
    return test.model or call.facts.architecture or model_of(test)
