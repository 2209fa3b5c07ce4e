"""Read baseline files, with one clear error if that fails, and replace them atomically.

A baseline is a JSON report, or the compact form that ``--scer-save-baseline`` writes. The compact
form diffs well in git: one test per line, sorted, with numbers rounded to six digits.
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
from pytest_scer.baseline.noise import Sample, weight_beside
from pytest_scer.core import COMPONENTS
from pytest_scer.report.files import write_whole
from pytest_scer.report.model import BaselineEntry, Report, TestEntry

BASELINE_VERSION: Final = 1
_DIGITS: Final = 6

Json = dict[str, Any]


class BadBaseline(ValueError):
    """A file that is not a valid baseline; the message names the file and the remedy."""


@dataclass(frozen=True, slots=True)
class PastTest:
    """The figures of a test in an earlier session.

    Attributes:
        energy_j: Energy of each component in joules; None if it is absent or has no figure.
        cpu_time_s: CPU time in seconds.
        uncertainty_j: Half-width of the 95 % interval that the report states, in joules.
        reference_j: Energy of the reference workload before and after the test (mean), in joules
            of the compared components.
        reference_moved: Difference between its cost before and after, as a logarithm.
        reads: What the figure covers: ``call``, ``runs`` of ``carbon(fn)``, or ``all`` stages.
        units: The functional units of the test.
        sections: Energy of each section, in joules of the compared components.
        repeats: Number of runs within the session; the figure is their median.
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

    def cost_j(self, components: tuple[str, ...]) -> float | None:
        """Total energy of these components in joules; None if one is missing."""
        return _sum(self.energy_j, components)

    def sample(self, components: tuple[str, ...]) -> Sample | None:
        """The sample for the gate; None if a component has no figure."""
        cost_j = self.cost_j(components)
        if cost_j is None:
            return None
        weight = weight_beside(self.reference_moved or 0.0)
        return Sample(cost_j, self.reference_j, self.uncertainty_j or 0.0, weight, self.repeats)


@dataclass(frozen=True, slots=True)
class Past:
    """What later sessions need to know about an earlier one.

    Attributes:
        name: The name of its file.
        session: Its session ID.
        started_at: Start time in UTC, ISO 8601.
        fingerprint: Machine, meters, tracking mode, workers and versions.
        g_per_kwh: The carbon intensity of the session, in grams of CO2e per kWh.
        pue: The power usage effectiveness of the session.
        location: Where its electricity came from.
        tests: Its tests that passed, by node ID.
        fixtures: Energy of each wider-scoped fixture, in joules of the compared components.
        again: The samples of tests that were measured again, including the first run.
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


def _sum(energy_j: Mapping[str, float | None], components: tuple[str, ...]) -> float | None:
    joules = [energy_j.get(name) for name in components]
    if not joules or any(each is None or math.isnan(each) for each in joules):
        return None
    return math.fsum(each for each in joules if each is not None)


# --- from a session -----------------------------------------------------------------------------


def past_of(report: Report, name: str = "") -> Past:
    """Extract what later sessions need from a report: the last attempt of each passed test.

    A test that failed only because of a budget did all of its work, so it counts too.
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
            test.nodeid: _samples(test.baseline, test.measurement.uncertainty_j or 0.0)
            for test in report.tests
            if test.nodeid in tests and test.measurement and test.baseline
            if test.baseline.confirmed
        },
    )


def _samples(entry: BaselineEntry, uncertainty_j: float) -> list[Sample]:
    """The runs of a test that was measured again; older reports have no weights."""
    weights = entry.weights or [1.0] * len(entry.samples)
    return [
        Sample(cost_j, reference_j, uncertainty_j, weight)
        for (cost_j, reference_j), weight in zip(entry.samples, weights, strict=True)
        if cost_j is not None
    ]


def past_test(test: TestEntry, compared: tuple[str, ...]) -> PastTest | None:
    """Extract what later sessions need from a test; None if it has no figure."""
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
    )


def reads(test: TestEntry) -> str:
    """What a test's figure covers: ``call``, ``runs`` or ``all``."""
    measured, call = test.measurement, test.stages.get("call")
    if measured is None or measured.runs is None:
        return "call" if measured == call else "all"
    # If the test was measured again for its budgets, the first of its runs is its call.
    first = replace(measured.runs[0], uncertainty_j=None)
    again = call is not None and first == replace(call, uncertainty_j=None)
    return "call" if again else "runs"


def _energy(measured: Any) -> dict[str, float | None]:
    return {name: getattr(measured, f"{name}_j") for name in COMPONENTS}


# --- reading ------------------------------------------------------------------------------------


def read_past(path: Path) -> Past:
    """Read a baseline file or a JSON report.

    Raises:
        BadBaseline: It is neither, or has a newer schema version.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadBaseline(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise BadBaseline(
            f"{path}: not JSON ({error}); expected a pytest-scer report or baseline"
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
    )


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{value!r} is not a number of runs")
    return value


def _missing(value: Any) -> float | None:
    return None if value is None else _positive(value)


def _positive(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError(f"{value!r} is not a figure")
    return float(value)


# --- writing ------------------------------------------------------------------------------------


def dump(past: Past) -> Iterator[str]:
    """Yield the compact form in pieces, one line per test."""
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
    """Round numbers to six digits: more would only be noise, in the figure and in diffs."""
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, dict):
        return {name: _short(each) for name, each in value.items()}
    return value


def check_target(path: Path) -> Path:
    """Check, before anything is measured, that a baseline can be saved at a path.

    Raises:
        BadBaseline: An existing file is not a baseline, or the path is not writable.
    """
    if path.is_file():
        read_past(path)
    elif not path.is_dir() and not path.parent.is_dir():
        raise BadBaseline(f"{path}: there is no directory {path.parent}; create it first")
    place = path if path.is_dir() else path.parent
    if not os.access(place, os.W_OK):
        raise BadBaseline(f"{path}: not writable; choose another path")
    return path


def save(past: Past, path: Path) -> Path:
    """Write a baseline, atomically.

    Args:
        past: The session.
        path: A file, which is replaced completely or not at all; or a directory, to which the
            session is added.

    Returns:
        The file that was written.

    Raises:
        OSError: The file could not be written.
    """
    if path.is_dir():
        stamp = past.started_at[:19].replace(":", "").replace("-", "")
        path = path / f"{stamp}-{past.session}.json"
    write_whole(path, dump(past))
    return path
