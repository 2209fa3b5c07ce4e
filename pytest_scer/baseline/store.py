"""Baseline files: reading them with one clear error, and replacing them whole or not at all.

A baseline is a JSON report, or the compact form that ``--scer-save-baseline`` writes: a test a
line, sorted, numbers of six digits, so that it diffs well in git.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from pytest_scer import __version__
from pytest_scer.baseline.fingerprint import Fingerprint
from pytest_scer.baseline.noise import Sample
from pytest_scer.core import COMPONENTS
from pytest_scer.report.files import write_whole
from pytest_scer.report.model import BaselineEntry, Report, TestEntry

BASELINE_VERSION: Final = 1
_DIGITS: Final = 6

Json = dict[str, Any]


class BadBaseline(ValueError):
    """A file that is no baseline; the message names file and remedy."""


@dataclass(frozen=True, slots=True)
class PastTest:
    """What a test cost in an earlier session.

    Attributes:
        energy_j: Joules of each component; None where it is absent or its figure is missing.
        cpu_time_s: CPU seconds.
        uncertainty_j: Half-width of the 95 % interval that the report states, in joules.
        reference_j: Joules of the reference workload beside it, of the components compared.
        reference_moved: By how much they differed before and after, as a logarithm.
        reads: Which stages the figure is of: ``call``, ``runs`` of ``carbon(fn)``, or ``all``.
        units: Its functional units.
        sections: Joules of each of its sections, of the components compared.
        repeats: Of how many runs within its session the figure is the median.
        duration_s: How long it took, in seconds.
    """

    energy_j: Mapping[str, float | None]
    cpu_time_s: float
    uncertainty_j: float | None = None
    reference_j: float | None = None
    reference_moved: float | None = None
    reads: str = "call"
    units: Mapping[str, float] = field(default_factory=dict)
    sections: Mapping[str, float] = field(default_factory=dict)
    repeats: int = 1
    duration_s: float = 0.0

    def cost_j(self, components: tuple[str, ...]) -> float | None:
        """Joules of these components together; None where one is missing."""
        return _sum(self.energy_j, components)

    def sample(self, components: tuple[str, ...]) -> Sample | None:
        """What the gate reads of it; None where a component has no figure."""
        cost_j = self.cost_j(components)
        if cost_j is None:
            return None
        return Sample(
            cost_j,
            self.reference_j,
            self.reference_moved or 0.0,
            self.uncertainty_j or 0.0,
            self.duration_s,
            self.repeats,
        )


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier session, as far as later ones are compared with it.

    Attributes:
        name: The file that it comes from.
        session: Its id.
        started_at: UTC, ISO 8601.
        fingerprint: Machine, meters, scope, workers and versions.
        g_per_kwh: The carbon intensity that it was reckoned with.
        pue: The power usage effectiveness that it was reckoned with.
        location: Where its electricity came from.
        tests: Its tests that passed, by node id.
        fixtures: Joules of each fixture of wider scope, of the components compared.
        again: The samples of tests that were measured again, the first run included.
        regressed: The tests that were a regression in this session.
        failed: The tests that failed for another reason than their cost: they have no figure.
    """

    name: str
    session: str
    started_at: str
    fingerprint: Fingerprint
    g_per_kwh: float
    pue: float
    location: str
    tests: Mapping[str, PastTest]
    fixtures: Mapping[str, float] = field(default_factory=dict)
    again: Mapping[str, Sequence[Sample]] = field(default_factory=dict)
    regressed: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()

    @property
    def is_referenced(self) -> bool:
        """Whether the reference workload ran next to its tests."""
        return any(test.reference_j for test in self.tests.values())


def _sum(energy_j: Mapping[str, float | None], components: tuple[str, ...]) -> float | None:
    joules = [energy_j.get(name) for name in components]
    if not joules or any(each is None or math.isnan(each) for each in joules):
        return None
    return math.fsum(each for each in joules if each is not None)


# --- from a session -----------------------------------------------------------------------------


def past_of(report: Report, name: str = "") -> Past:
    """What later sessions need of a report: the last attempt of each test that passed.

    A test that failed for a budget alone did all of its work, so it counts.
    """
    fingerprint = Fingerprint.of_report(report)
    compared = fingerprint.compared
    tests = {}
    for test in report.tests:
        if test.outcome in ("passed", "xpassed") or test.budget_failed:
            past = past_test(test, compared)
            if past is not None:
                tests[test.nodeid] = past
    fixtures: dict[str, float] = {}
    for fixture in report.fixtures:
        joules = _sum(_energy(fixture.measurement), compared)
        if joules is not None:
            fixtures[fixture.name] = fixtures.get(fixture.name, 0.0) + joules
    return Past(
        name,
        report.session.id,
        report.session.started_at,
        fingerprint,
        report.carbon_intensity.g_per_kwh,
        report.pue,
        report.carbon_intensity.location,
        tests,
        fixtures,
        {
            test.nodeid: _samples(test.baseline, tests[test.nodeid])
            for test in report.tests
            if test.nodeid in tests and test.baseline and test.baseline.confirmed
        },
        frozenset(
            test.nodeid
            for test in report.tests
            if test.baseline is not None and test.baseline.verdict == "regression"
        ),
        frozenset(
            test.nodeid
            for test in report.tests
            if test.outcome in ("failed", "error") and not test.budget_failed
        ),
    )


def _samples(entry: BaselineEntry, first: PastTest) -> list[Sample]:
    """The runs of a test that was measured again."""
    return [
        Sample(cost_j, reference_j, meter_j=first.uncertainty_j or 0.0, duration_s=first.duration_s)
        for cost_j, reference_j in entry.samples
        if cost_j is not None
    ]


def past_test(test: TestEntry, compared: tuple[str, ...]) -> PastTest | None:
    """What later sessions need of a test; None where it has no figure."""
    measured = test.measurement
    if measured is None or not measured.complete:
        return None
    sections = {each.name: _sum(_energy(each.measurement), compared) for each in test.sections}
    return PastTest(
        _energy(measured),
        measured.cpu_time_s,
        measured.uncertainty_j,
        test.reference_j,
        test.reference_moved,
        reads(test),
        test.units,
        {name: joules for name, joules in sections.items() if joules is not None},
        measured.run_count,
        measured.duration_s,
    )


def reads(test: TestEntry) -> str:
    """Which stages a test's figure is of."""
    measured, call = test.measurement, test.stages.get("call")
    if measured is None or measured.runs is None:
        return "call" if measured == call else "all"
    # A test that was measured again for its budgets: the first of its runs is its call.
    first = replace(measured.runs[0], uncertainty_j=None)
    again = call is not None and first == replace(call, uncertainty_j=None)
    return "call" if again else "runs"


def _energy(measured: Any) -> dict[str, float | None]:
    return {name: getattr(measured, f"{name}_j") for name in COMPONENTS}


# --- reading ------------------------------------------------------------------------------------


def read_past(path: Path) -> Past:
    """Read a baseline file or a JSON report.

    Raises:
        BadBaseline: It is neither, or of a newer schema.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadBaseline(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise BadBaseline(
            f"{path}: not JSON ({error}); expected a report or a baseline of pytest-scer"
        ) from None
    if not isinstance(data, dict) or "baseline_version" not in data:
        from pytest_scer.report.reading import BadReport, read_report

        try:
            return past_of(read_report(path), path.name)
        except BadReport as error:
            raise BadBaseline(str(error)) from None
    if data["baseline_version"] != BASELINE_VERSION:
        raise BadBaseline(
            f"{path}: baseline version {data['baseline_version']}, but this pytest-scer reads "
            f"{BASELINE_VERSION}; use the version that wrote it, or save a new baseline"
        )
    try:
        return _load(data, path.name)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadBaseline(
            f"{path}: damaged ({type(error).__name__}: {error}); restore it, or save a new baseline"
        ) from None


def _load(data: Json, name: str) -> Past:
    mark = data["fingerprint"]
    return Past(
        name,
        str(data["session"]),
        str(data["started_at"]),
        Fingerprint(
            str(mark["cpu"]),
            int(mark["logical_cores"]),
            tuple(mark["gpus"]),
            {component: str(mark["meters"][component]) for component in COMPONENTS},
            int(mark["workers"]),
            dict(mark["versions"]),
        ),
        _positive(data["g_per_kwh"]),
        _positive(data["pue"]),
        str(data["location"]),
        {nodeid: _load_test(test) for nodeid, test in data["tests"].items()},
        {fixture: _positive(joules) for fixture, joules in data["fixtures"].items()},
        regressed=frozenset(map(str, data.get("regressed", ()))),
        failed=frozenset(map(str, data.get("failed", ()))),
    )


def _load_test(data: Json) -> PastTest:
    return PastTest(
        {component: _missing(joules) for component, joules in data["energy_j"].items()},
        _positive(data["cpu_time_s"]),
        _missing(data["uncertainty_j"]),
        _missing(data["reference_j"]),
        _missing(data.get("reference_moved")),
        str(data["reads"]),
        {unit: _positive(count) for unit, count in data["units"].items()},
        {name: _positive(joules) for name, joules in data["sections"].items()},
        _count(data.get("repeats", 1)),
        _positive(data.get("duration_s", 0.0)),
    )


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{value!r} is no number of runs")
    return value


def _missing(value: Any) -> float | None:
    return None if value is None else _positive(value)


def _positive(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError(f"{value!r} is not a figure")
    return float(value)


# --- writing ------------------------------------------------------------------------------------


def dump(past: Past) -> Iterator[str]:
    """The compact form, in pieces: a test a line."""
    head = {
        "baseline_version": BASELINE_VERSION,
        "generator": {"name": "pytest-scer", "version": __version__},
        "session": past.session,
        "started_at": past.started_at,
        "fingerprint": asdict(past.fingerprint),
        "compared": past.fingerprint.compared,
        "g_per_kwh": past.g_per_kwh,
        "pue": past.pue,
        "location": past.location,
        "regressed": sorted(past.regressed),
        "failed": sorted(past.failed),
        "fixtures": {name: _short(past.fixtures[name]) for name in sorted(past.fixtures)},
    }
    yield json.dumps(head, indent=2, allow_nan=False)[:-2] + ',\n  "tests": {'
    separator = "\n"
    for nodeid in sorted(past.tests):
        line = json.dumps(_short(asdict(past.tests[nodeid])), allow_nan=False)
        yield f"{separator}    {json.dumps(nodeid)}: {line}"
        separator = ",\n"
    yield "\n  }\n}\n"


def _short(value: Any) -> Any:
    """Numbers of six digits: what is behind them is noise, in the figure and in the diff."""
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, dict):
        return {name: _short(each) for name, each in value.items()}
    return value


def check_target(path: Path) -> Path:
    """Whether a baseline may be saved there, before anything is measured.

    Raises:
        BadBaseline: There is something else, or nothing can be written.
    """
    if path.is_file():
        read_past(path)
    elif not path.is_dir() and not path.parent.is_dir():
        raise BadBaseline(f"{path}: there is no directory {path.parent}; create it first")
    place = path if path.is_dir() else path.parent
    if not os.access(place, os.W_OK):
        raise BadBaseline(f"{path}: it cannot be written; choose another path")
    return path


def save(past: Past, path: Path) -> Path:
    """Write a baseline, atomically.

    Args:
        past: The session.
        path: A file, which is replaced as a whole or left as it was; or a directory, to which the
            session is added.

    Returns:
        The file that was written.

    Raises:
        OSError: It could not be written.
    """
    if path.is_dir():
        stamp = past.started_at[:19].replace(":", "").replace("-", "")
        path = path / f"{stamp}-{past.session}.json"
    write_whole(path, dump(past))
    return path
