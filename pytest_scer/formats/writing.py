"""Write a report in one of its formats: which formats there are, and the module of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pytest_scer.report.model import Report

_MODULES: Final = {
    "json": "pytest_scer.report.to_json",
    "csv": "pytest_scer.formats.emissions_csv",
    "md": "pytest_scer.formats.markdown_report",
    "html": "pytest_scer.formats.page.report_page",
    "yaml": "pytest_scer.formats.manifest.writing",
    "svg": "pytest_scer.formats.label.writing",
    "prom": "pytest_scer.formats.openmetrics",
}
"""The module of each format; its ``dump_report`` yields the text of a report in pieces."""

_NEEDS: Final = {
    "yaml": ("YAML needs PyYAML", ("yaml",), "manifest"),
    "html": ("a page needs Jinja2 and vl-convert", ("jinja2", "vl_convert"), "html"),
}
"""What a format needs that comes with an extra: in words, the modules, and the extra."""


def check_libraries(kind: str) -> None:
    """Check that the libraries of a format are installed, without importing them.

    Args:
        kind: One of :data:`~pytest_scer.core.KINDS`.

    Raises:
        ValueError: One is missing; the message says how to install it.
    """
    need, modules, extra = _NEEDS.get(kind, ("", (), ""))
    if not all(map(find_spec, modules)):
        raise ValueError(f"{need}: pip install 'pytest-scer[{extra}]'")


def load(kinds: Iterable[str]) -> None:
    """Import what writes reports of these forms, before tests can change what imports go by.

    Args:
        kinds: The forms of the outputs.
    """
    for kind in kinds:
        import_module(_MODULES[kind])


def write(report: Report, kind: str, path: Path) -> None:
    """Write a report in one of its formats, atomically.

    Args:
        report: The report.
        kind: One of :data:`~pytest_scer.core.KINDS`.
        path: The file; if writing fails it stays as it was.

    Raises:
        OSError: The file cannot be written.
    """
    from pytest_scer.report.files import write_whole

    pieces: Iterator[str] = import_module(_MODULES[kind]).dump_report(report)
    write_whole(path, pieces)
