"""The work of a model that its score leaves out, with the energy that it used."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from pytest_scer.core.measurement import Measurement
from pytest_scer.core.units import is_usable
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.attempts import rerun_attempts
from pytest_scer.report.model import Report, TestEntry
from pytest_scer.report.phases import is_counted, model_of, parts
from pytest_scer.report.scores import work_of
from pytest_scer.scoring.scores import ModelScore

_FAILED: Final = {
    "failed": "failed",
    "error": "failed in its setup or teardown",
    "xfailed": "failed as expected",
    "skipped": "skipped",
}
_UNMEASURED: Final = "unmeasured"
_LEAST_SHARE: Final = 1e-9
"""Less than this share of a test is an error of rounding, not energy that is left out."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A test of a model, or a part of one, that is in the session's totals but in no score.

    Attributes:
        nodeid: The test.
        outcome: Its outcome.
        reason: Why it is left out.
        energy_j: The IT energy that it used in joules; None if that was not measured.
        duration_s: How long it took in seconds.
    """

    nodeid: str
    outcome: str
    reason: str
    energy_j: float | None
    duration_s: float

    @property
    def is_unmeasured(self) -> bool:
        """Whether it has no figure because nothing measured it."""
        return self.reason.startswith(_UNMEASURED)


class LeftOuts:
    """What the scores of a report leave out; its tests are sorted by model once."""

    def __init__(self, report: Report) -> None:
        """Sort the tests.

        Args:
            report: The report.
        """
        self._earlier = {id(test) for test in rerun_attempts(report.tests)}
        self._of_model: dict[str, list[TestEntry]] = defaultdict(list)
        for test in report.tests:
            self._of_model[model_of(test)].append(test)

    def of(self, score: ModelScore) -> tuple[LeftOut, ...]:
        """List the work of a score's model and phase that counts for none of the model's scores.

        Tests that count other units have a score of their own. Tests that were skipped before they
        began are no work.
        """
        return tuple(
            found
            for test in self._of_model.get(score.model, ())
            if test.category in (None, score.category)
            for found in _of_test(test, score.phase, is_earlier=id(test) in self._earlier)
        )


def _of_test(test: TestEntry, phase: str | None, *, is_earlier: bool) -> Iterator[LeftOut]:
    found = {part.phase: part.measurement for part in parts(test)}
    if phase in found:
        used = found[phase] or (test.stages.get("call") if test.phase == phase else None)
    elif test.phase is None and len(found) == 1:
        used = found[None] or test.stages.get("call")  # no phase was stated at all
    else:
        return
    if test.outcome == "skipped" and used is None:
        return
    if is_earlier:
        yield _entry(test, f"{test.outcome} and rerun: only its last attempt counts", used)
    elif test.unmeasured is not None and test.outcome != "skipped":
        yield _entry(test, f"{_UNMEASURED}: {test.unmeasured}", used)
    elif not is_counted(test):
        yield _entry(test, _FAILED.get(test.outcome, test.outcome), used)
    else:
        yield from _of_counted(test, phase, used)


def _of_counted(test: TestEntry, phase: str | None, used: Measurement | None) -> Iterator[LeftOut]:
    """Yield a test that passed but counted nothing, or what it used outside of what counted."""
    works = [work for work in work_of(test) if work.phase == phase]
    counting = [work for work in works if any(n and is_usable(n) for n in work.units.values())]
    if used is None:
        return
    if not counting:
        yield _entry(test, "counted nothing", used)
        return
    if any(work.name == test.nodeid for work in counting):
        return
    scored_j = max(
        math.fsum(
            work.measurement.known_j
            for work in counting
            if work.measurement is not None and unit in work.units
        )
        for unit in {unit for work in counting for unit in work.units}
    )
    rest_j = used.known_j - scored_j
    if rest_j > _LEAST_SHARE * used.known_j:
        scored_s = math.fsum(work.measurement.duration_s for work in counting if work.measurement)
        yield LeftOut(
            test.nodeid,
            test.outcome,
            "outside of the sections that counted",
            rest_j,
            max(used.duration_s - scored_s, 0.0),
        )


def _entry(test: TestEntry, reason: str, used: Measurement | None) -> LeftOut:
    known = used is not None and used.total_j is not None
    return LeftOut(
        test.nodeid,
        test.outcome,
        reason,
        used.known_j if used is not None and known else None,
        0.0 if used is None else used.duration_s,
    )
