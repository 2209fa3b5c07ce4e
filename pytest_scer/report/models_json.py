"""Convert what only tests of models have to JSON and back.

A session without such tests does without this module and those that it imports.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import asdict
from typing import Any

from pytest_scer.core.hosted import HostedUse, Range
from pytest_scer.core.intensity import Conversion
from pytest_scer.core.measurement import Measurement
from pytest_scer.report.comparisons_json import dump_comparison, load_comparison
from pytest_scer.report.entries import TestEntry
from pytest_scer.report.model_calls import dump_call, load_call
from pytest_scer.report.records import record
from pytest_scer.report.served import ServerUse
from pytest_scer.report.trainings_json import dump_training, load_training

Json = dict[str, Any]


def dump_models(
    test: TestEntry, dump: Callable[[Measurement | None], Json | None], conversion: Conversion
) -> Json:
    """Convert the lists that :data:`pytest_scer.report.entries.OF_MODELS` names.

    Args:
        test: The test.
        dump: Converts a measurement.
        conversion: Converts joules to grams of CO2e.
    """
    return {
        "model_calls": [dump_call(call, dump) for call in test.model_calls],
        "servers": [asdict(server) for server in test.servers],
        "hosted": [asdict(use) for use in test.hosted],
        "trainings": [dump_training(each, conversion) for each in test.trainings],
        "comparisons": [dump_comparison(entry) for entry in test.comparisons],
    }


def load_models(
    data: Json, load: Callable[..., Measurement | None], absent: Collection[str]
) -> dict[str, list[Any]]:
    """Read these lists; those of an earlier release lack some.

    Args:
        data: The test.
        load: Reads a measurement.
        absent: The components that the session did not have.
    """
    return {
        "model_calls": [load_call(call, load, absent) for call in data.get("model_calls", ())],
        "servers": [record(ServerUse, server) for server in data.get("servers", ())],
        "hosted": [_load_hosted(use) for use in data.get("hosted", ())],
        "trainings": [load_training(each) for each in data.get("trainings", ())],
        "comparisons": [load_comparison(entry) for entry in data.get("comparisons", ())],
    }


def _load_hosted(data: Json) -> HostedUse:
    ranges = {
        name: None if data[name] is None else Range(**data[name]) for name in ("energy_j", "co2e_g")
    }
    return record(HostedUse, {**data, **ranges})
