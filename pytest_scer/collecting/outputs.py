"""The output files of a session."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pytest_scer.core.text import printable
from pytest_scer.formats.writing import write
from pytest_scer.report.files import Output, is_replaceable, reason
from pytest_scer.report.model import Report


class Outputs:
    """Writes the report to every output, and says which of them failed."""

    def __init__(self, config: pytest.Config, outputs: Sequence[Output]) -> None:
        """Write nothing yet.

        Args:
            config: The pytest config object.
            outputs: The formats and paths.
        """
        self._directory = config.invocation_params.dir
        self._outputs = outputs
        self.written: list[Output] = []
        """The outputs that were written."""

    @property
    def journaled(self) -> Path | None:
        """The first output that is a file, next to which the journal is written; None if none is.

        A device or a FIFO is no place for a journal.
        """
        paths = (self._directory / output.path for output in self._outputs)
        return next(filter(is_replaceable, paths), None)

    def write(self, report: Report, journal: str | None) -> list[str]:
        """Write all outputs that can be written.

        Args:
            report: The complete report.
            journal: The name of the open journal, which stays if an output fails.

        Returns:
            A warning for each output that failed.
        """
        return list(self._problems(report, journal))

    def _problems(self, report: Report, journal: str | None) -> Iterator[str]:
        kept = (
            ""
            if journal is None
            else f"; {journal} is kept: `pytest-scer recover` makes the report from it"
        )
        for output in self._outputs:
            try:
                write(report, output.kind, self._directory / output.path)
            except Exception as error:  # none may keep the other outputs from being written
                text = f"{output.path} could not be written: {why_not_written(error)}{kept}"
                yield printable(text)
            else:
                self.written.append(output)


def why_not_written(error: Exception) -> str:
    """The reason in an exception, for a message that names the file."""
    if isinstance(error, OSError):
        return reason(error)
    return str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
