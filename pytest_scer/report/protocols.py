"""The protocols of a report, and the files that declare them."""

from __future__ import annotations

from pathlib import Path

from pytest_scer.report.documents import MOST_BYTES_BY_HAND, BadFile, read_text, sha256
from pytest_scer.report.model import Report
from pytest_scer.scoring.protocols import BUILT_IN, Protocol, parse_protocols


def read_protocols(path: Path) -> dict[str, Protocol]:
    """Read a file of protocols; their data files are relative to it.

    Raises:
        ValueError: The file cannot be read or is not valid; the message names it.
    """
    text = read_text(path, MOST_BYTES_BY_HAND)
    try:
        return parse_protocols(text, lambda name: sha256(path.parent / name))
    except BadFile:
        raise
    except ValueError as error:
        raise BadFile(f"{path}: {error}") from None


def protocols_of(report: Report) -> tuple[Protocol, ...]:
    """The protocols that the user declared, and those of the plugin that tests follow."""
    followed = {test.protocol for test in report.tests}
    return (
        *report.protocols,
        *(
            each
            for each in BUILT_IN.values()
            if each.identity in followed and each not in report.protocols
        ),
    )
