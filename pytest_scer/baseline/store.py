"""Read baseline files, with one clear error if that fails, and replace them atomically.

A baseline is a JSON report, or the compact form that ``--scer-save-baseline`` writes. The compact
form diffs well in git: one test per line, sorted, with numbers rounded to six digits.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from pytest_scer import __version__
from pytest_scer.baseline.fingerprint import Fingerprint
from pytest_scer.baseline.past import Past, PastTest, past_of
from pytest_scer.core.json_text import brief
from pytest_scer.report.documents import BadFile, parsed, read_bytes
from pytest_scer.report.files import status_of, write_whole

BASELINE_VERSION: Final = 1
_DIGITS: Final = 6
_REPORT: Final = re.compile(rb'\s*\{\s*"schema_version"')
"""How reports begin: they need not be searched for what a compact baseline holds."""

Json = dict[str, Any]


class BadBaseline(BadFile):
    """A file that is not a valid baseline; the message names the file and the remedy."""


# --- reading ------------------------------------------------------------------------------------


def read_past(path: Path) -> Past:
    """Read a baseline file or a JSON report.

    Raises:
        BadFile: It is neither, or has a newer schema version.
    """
    from pytest_scer.report.reading import costs_of

    data = read_bytes(path)
    if not _REPORT.match(data) and b'"baseline_version"' in data:
        document = parsed(data, path, "a pytest-scer report or baseline")
        if isinstance(document, dict) and "baseline_version" in document:
            return _past(document, path)
    return costs_of(data, path, lambda report, tests: past_of(report, path.name, tests))


def _past(document: Json, path: Path) -> Past:
    from pytest_scer.baseline.schema import BASELINE
    from pytest_scer.report.reading import checked

    version = document["baseline_version"]
    if type(version) is not int or version != BASELINE_VERSION:
        raise BadBaseline(
            f"{path}: baseline version {brief(version)}, but this pytest-scer reads "
            f"{BASELINE_VERSION}; use the version that wrote it, or save a new baseline"
        )
    try:
        data = checked(BASELINE, document)
    except ValueError as error:
        raise BadBaseline(
            f"{path}: damaged ({error}); restore it, or save a new baseline"
        ) from None
    return _load(data, path.name)


def _load(data: Json, name: str) -> Past:
    mark = data["fingerprint"]
    return Past(
        name,
        data["session"],
        data["started_at"],
        Fingerprint(**{**mark, "gpus": tuple(mark["gpus"])}),
        data["g_per_kwh"],
        data["pue"],
        data["location"],
        {nodeid: PastTest(**test) for nodeid, test in data["tests"].items()},
        data["fixtures"],
        regressed=frozenset(data.get("regressed", ())),
        failed=frozenset(data.get("failed", ())),
        commit=data.get("commit"),
        branch=data.get("branch"),
    )


# --- writing ------------------------------------------------------------------------------------


def dump(past: Past) -> Iterator[str]:
    """Yield the compact form in pieces, one line per test."""
    head = {
        "baseline_version": BASELINE_VERSION,
        "generator": {"name": "pytest-scer", "version": __version__},
        "session": past.session,
        "started_at": past.started_at,
        "commit": past.commit,
        "branch": past.branch,
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
