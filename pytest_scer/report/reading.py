"""Read a report file, with one clear error for anything wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from pytest_scer.report.from_json import load_report
from pytest_scer.report.model import SCHEMA_VERSION, Report
from pytest_scer.report.schema import ReportSchema


class BadReport(ValueError):
    """A file is not a report of this schema; the message names the file and the remedy."""


def read_report(path: Path) -> Report:
    """Read and check a report file.

    Raises:
        BadReport: The file cannot be read, is not a report, or has another schema version.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadReport(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise BadReport(f"{path}: not JSON ({error}); expected a pytest-scer report") from None
    version = data.get("schema_version") if isinstance(data, dict) else None
    if version is None:
        raise BadReport(f"{path}: not a pytest-scer report: it has no schema_version")
    if version != SCHEMA_VERSION:
        raise BadReport(
            f"{path}: schema version {version}, but this pytest-scer reads {SCHEMA_VERSION}; "
            "use the pytest-scer that wrote the report, or a newer one"
        )
    try:
        ReportSchema.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise BadReport(f"{path}: {place}: {first['msg']} ({error.error_count()} errors)") from None
    return load_report(data)
