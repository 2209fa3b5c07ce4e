"""Read baseline files, with one clear error if that fails, and replace them atomically.

A baseline is a JSON report, or the compact form that ``--scer-save-baseline`` writes. The compact
form diffs well in git: one test per line, sorted, with numbers rounded to six digits.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from pytest_scer import __version__
from pytest_scer.baseline.fingerprint import Fingerprint
from pytest_scer.baseline.past import Past, PastTest, past_of
from pytest_scer.core import COMPONENTS
from pytest_scer.report.files import status_of, write_whole

BASELINE_VERSION: Final = 1
_DIGITS: Final = 6

Json = dict[str, Any]


class BadBaseline(ValueError):
    """A file that is not a valid baseline; the message names the file and the remedy."""


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
        _missing(data.get("other_cores")),
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
    try:
        status_of(path)
    except OSError as error:
        raise BadBaseline(f"{path}: {error.strerror}; choose another path") from None
    if path.is_file():
        read_past(path)
    elif path.exists() and not path.is_dir():
        raise BadBaseline(f"{path}: neither a file nor a directory; choose another path")
    place = path if path.is_dir() else Path(os.path.realpath(path)).parent
    if not place.is_dir():
        raise BadBaseline(f"{path}: there is no directory {place}; create it first")
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
