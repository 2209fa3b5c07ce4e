"""How a document differs from what it should be, leaf by leaf."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

TOLERANCE: Final = 0.01
"""Impact Manifest Protocol 1.0, calculation consistency: results within 1 %."""
_SAME: Final = 1e-9
"""The relative difference of two figures that differ only in the order of an addition."""
_RESULTS: Final = {
    "calculation.score.value": "(E x I + M) / R",
    "calculation.energy.value": "its components times PUE",
    "calculation.operational_emissions.value": "E x I",
    "calculation.embodied_emissions.value": "the sum of its components",
    "calculation.embodied_emissions.hardware_components.*.allocated_emissions": "its own figures",
}
"""The results that the protocol allows to be rounded, and what each is calculated from."""
_FREE_TEXT: Final = "free text belongs under methodology.remarks"


def differences(
    found: Any, expected: Any, path: str = "", *, exact: bool = False
) -> Iterator[tuple[str, str]]:
    """Yield the place of each difference, and what it is.

    Args:
        found: What the document has.
        expected: What it should have.
        path: Their place.
        exact: Whether rounded results are differences, too.
    """
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        yield from _of_keys(found, expected, path, exact)
    elif isinstance(expected, list) and isinstance(found, list):
        yield from _of_items(found, expected, path, exact)
    elif not _equal(found, expected, path, exact=exact):
        yield path, _said(found, expected, path)


def _of_keys(
    found: Mapping[str, Any], expected: Mapping[str, Any], path: str, exact: bool
) -> Iterator[tuple[str, str]]:
    prefix = f"{path}." if path else ""
    for key, value in expected.items():
        if key in found:
            yield from differences(found[key], value, prefix + key, exact=exact)
        else:
            yield prefix + key, f"missing; expected {_shown(value)}"
    for key in found:
        if key not in expected:
            yield prefix + key, f"unknown key; {_FREE_TEXT}"


def _of_items(
    found: list[Any], expected: list[Any], path: str, exact: bool
) -> Iterator[tuple[str, str]]:
    for number, value in enumerate(expected):
        if number < len(found):
            yield from differences(found[number], value, f"{path}.{number}", exact=exact)
        else:
            yield f"{path}.{number}", f"missing; expected {_shown(value)}"
    for number in range(len(expected), len(found)):
        yield f"{path}.{number}", f"{_shown(found[number])} is one too many; {_FREE_TEXT}"


def _equal(found: Any, expected: Any, path: str, *, exact: bool) -> bool:
    if _is_number(found) and _is_number(expected):
        rounded = not exact and _basis(path) is not None
        return math.isclose(found, expected, rel_tol=TOLERANCE if rounded else _SAME)
    return type(found) is type(expected) and bool(found == expected)


def _is_number(value: Any) -> bool:
    return type(value) is float or (type(value) is int and abs(value) < 2**53)


def _basis(path: str) -> str | None:
    """What the result at a place is calculated from; None if there is no result."""
    return _RESULTS.get(re.sub(r"\.\d+(?=\.|$)", ".*", path))


def _said(found: Any, expected: Any, path: str) -> str:
    basis = _basis(path)
    if basis is not None and _is_number(expected):
        return f"{_shown(found)}, but {basis} is {expected:.6g}"
    return f"{_shown(found)}; expected {_shown(expected)}"


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else "null" if value is None else str(value)
    return text if len(text) <= 90 else f"{text[:87]}..."
