"""Read a report, with one clear error for anything wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from pytest_scer.core.json_text import brief
from pytest_scer.core.memory import uncollected
from pytest_scer.report.costs import Cost, load_cost
from pytest_scer.report.documents import BadFile, parsed, read_bytes
from pytest_scer.report.entries_from_json import load_test
from pytest_scer.report.from_json import absent_components, load_report
from pytest_scer.report.model import SCHEMA_VERSION, Report, TestEntry
from pytest_scer.report.rows import Irregular, Rows
from pytest_scer.report.schema import ROWS, WHOLE
from pytest_scer.report.schema.costs import COST

_EXPECTED: Final = "a pytest-scer report"
_Result = TypeVar("_Result")


def read_report(path: Path) -> Report:
    """Read and check a report file.

    Raises:
        BadFile: The file cannot be read, is not a report, or has another schema version.
    """
    return report_of(read_bytes(path), path)


def report_of(data: bytes, path: Path) -> Report:
    """Check the content of a report file, and build the report.

    Args:
        data: The content, in UTF-8.
        path: The file, for messages.

    Raises:
        BadFile: It is not a report, or has another schema version.
    """
    with uncollected():
        try:
            report, rows = _taken_apart(data, path, ROWS["test"])
            absent = absent_components(report)
            report.tests = [load_test(row, absent) for row in rows]
        except Irregular:
            return checked_report(parsed(data, path, _EXPECTED), path)
        return report


def costs_of(
    data: bytes, path: Path, use: Callable[[Report, Iterable[TestEntry | Cost]], _Result]
) -> _Result:
    """Check what a report says about the costs of its tests.

    Args:
        data: The content of the report file, in UTF-8.
        path: The file, for messages.
        use: What to do with the report and its tests, which come one by one: all of them would
            take the memory that their costs do not.

    Raises:
        BadFile: It is not a report, or has another schema version.
    """
    with uncollected():
        try:
            report, rows = _taken_apart(data, path, COST)
            absent = absent_components(report)
            return use(report, (load_cost(row, absent) for row in rows))
        except Irregular:
            report = checked_report(parsed(data, path, _EXPECTED), path)
            return use(report, report.tests)


def _taken_apart(
    data: bytes, path: Path, kind: TypeAdapter[Any]
) -> tuple[Report, Iterator[dict[str, Any]]]:
    """Check a report without its tests, and these one by one.

    Args:
        data: The content of the report file, in UTF-8.
        path: The file, for messages.
        kind: What each test should be.

    Raises:
        BadFile: It is not a report, or has another schema version.
        Irregular: It has to be parsed as a whole.
    """
    rows = Rows(data)
    return _without_tests(rows, path), _checked_rows(rows, kind, path)


def _without_tests(rows: Rows, path: Path) -> Report:
    try:
        return checked_report(parsed(rows.rest, path, _EXPECTED), path)
    except BadFile:
        # If rows were found in a second list, the rest lacks what is between. If it is wrong all
        # the same, the message for the whole names the right line.
        raise Irregular from None


def _checked_rows(rows: Rows, kind: TypeAdapter[Any], path: Path) -> Iterator[dict[str, Any]]:
    validate = kind.validate_json
    for number, row in enumerate(rows):
        try:
            yield validate(row)
        except ValidationError as error:
            if error.errors(include_input=False)[0]["type"] == "json_invalid":
                raise Irregular from None  # the row does not end where it seemed to
            raise BadFile(f"{path}: {explained(error, 'tests', number)}") from None


def checked_report(data: Any, where: Path | str) -> Report:
    """Check a report in JSON, and build it.

    Args:
        data: The report.
        where: The file that it comes from, and the place in it, for messages.

    Raises:
        BadFile: It is not a report, or has another schema version.
    """
    version = data.get("schema_version") if isinstance(data, dict) else None
    if version is None:
        raise BadFile(f"{where}: not a pytest-scer report: it has no schema_version")
    if type(version) is not int or version != SCHEMA_VERSION:
        raise BadFile(
            f"{where}: schema version {brief(version)}, but this pytest-scer reads "
            f"{SCHEMA_VERSION}; use the pytest-scer that wrote the report, or a newer one"
        )
    try:
        return load_report(checked(WHOLE, data))
    except ValueError as error:
        raise BadFile(f"{where}: {error}") from None


def checked(kind: TypeAdapter[Any], data: Any) -> Any:
    """Check a part of a report.

    Args:
        kind: What it should be.
        data: The part in JSON.

    Returns:
        The part, with floats where the schema has numbers, and without unknown fields.

    Raises:
        ValueError: It is something else; the message names the field.
    """
    try:
        return kind.validate_python(data)
    except ValidationError as error:
        raise ValueError(explained(error)) from None


def explained(error: ValidationError, *place: str | int) -> str:
    """The first of the errors, with the place of the field."""
    first = error.errors(include_url=False, include_input=False)[0]
    what = brief(first["msg"].removeprefix("Value error, "))
    where = brief(".".join(map(str, (*place, *first["loc"]))))
    count = error.error_count()
    return f"{where}: {what}" + (f" ({count} errors)" if count > 1 else "")
