"""What tests cost: the part of their entries that a baseline needs, and nothing else.

A baseline is read before each session, and two reports for each comparison. To read all of their
fields would take twice as long.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from sys import intern
from typing import Any, NamedTuple

from pytest_scer.core.measurement import Measurement
from pytest_scer.core.training import is_done
from pytest_scer.report.entries_from_json import load_measurement, load_run, load_section
from pytest_scer.report.model import SectionEntry


class Verdict(NamedTuple):
    """What an earlier comparison said; see :class:`~pytest_scer.report.baseline_entry`.

    Attributes:
        verdict: Its verdict.
        confirmed: How many times the test was measured again.
        samples: Joules of the test's runs, and of the reference workload next to each.
    """

    verdict: str
    confirmed: int
    samples: list[list[float | None]]


class Cost(NamedTuple):
    """What a test cost; the fields are those of :class:`pytest_scer.report.model.TestEntry`.

    Of ``stages``, only the call is there, without its uncertainty, and of ``cut_short`` only
    whether there is a reason.
    """

    nodeid: str
    outcome: str
    stages: Mapping[str, Measurement | None]
    measurement: Measurement | None
    units: dict[str, float]
    sections: list[SectionEntry]
    budget_failed: bool
    reference_j: float | None
    reference_moved: float | None
    other_cores: float | None
    baseline: Verdict | None
    cut_short: bool


def load_cost(data: dict[str, Any], absent: Collection[str]) -> Cost:
    """Read a test that fits :data:`pytest_scer.report.schema.costs.COST`.

    Args:
        data: The test.
        absent: Components that the session did not have.
    """
    call, figures, verdict = data["stages"]["call"], data["measurement"], data["baseline"]
    measurement = load_measurement(figures, absent)
    if call is None:
        stage = None
    elif figures is not None and call.items() <= figures.items():  # as for most tests
        stage = measurement
    else:
        stage = load_run(call, absent)
    return Cost(
        intern(data["nodeid"]),  # those of two reports are compared, and mostly equal
        data["outcome"],
        {"call": stage},
        measurement,
        data["units"],
        [load_section(section, absent) for section in data["sections"]],
        data["budget_failed"],
        data.get("reference_j"),
        data.get("reference_moved"),
        data.get("other_cores"),
        None if verdict is None else Verdict(**verdict),
        any(
            training["stopped"] is not None
            and not is_done(training["stopped"]["done"], training["planned"])
            for training in data.get("trainings", ())
        ),
    )
