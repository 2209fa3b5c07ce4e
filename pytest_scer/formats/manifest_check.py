"""Check a manifest: its arithmetic, its claims, and what is missing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pytest_scer.core.json_text import brief
from pytest_scer.core.shown import visible
from pytest_scer.formats.manifest_todo import TODO
from pytest_scer.scoring.sci import OPERATIONAL_ONLY

TOLERANCE: Final = 0.01
"""Impact Manifest Protocol 1.0, calculation consistency: within 1 %."""

_LARGEST: Final = 1e60
_LISTS: Final = (
    "boundary.excluded",
    "calculation.energy.components",
    "calculation.embodied_emissions.hardware_components",
)
_REQUIRED: Final = (
    "name",
    "description",
    "tags.kind",
    "tags.category",
    "submission.applicant",
    "submission.software.name",
    "submission.software.version",
    "submission.measurement_period.start_date",
    "submission.measurement_period.end_date",
    "boundary.included",
    "boundary.excluded",
    "functional_unit.unit",
    "functional_unit.rationale",
    "functional_unit.measurement_method",
    "functional_unit.total_units",
    "calculation.score.value",
    "calculation.score.unit",
    "calculation.energy.value",
    "calculation.energy.methodology",
    "calculation.energy.pue",
    "calculation.energy.components",
    "calculation.energy.data_sources",
    "calculation.carbon_intensity.value",
    "calculation.carbon_intensity.location",
    "calculation.carbon_intensity.approach",
    "calculation.carbon_intensity.data_sources",
    "calculation.embodied_emissions",
    "methodology.approach",
    "methodology.assumptions",
    "methodology.limitations",
    "methodology.data_sources",
    "attestation",
)


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a check.

    Attributes:
        errors: What is wrong: arithmetic, missing keys, claims beyond the figures.
        to_add: What a person still has to fill in.
    """

    errors: tuple[str, ...]
    to_add: tuple[str, ...]


def check(document: Any) -> Result:
    """Check one manifest."""
    if not isinstance(document, dict):
        return Result(("not a manifest: expected a mapping of keys",), ())
    errors = [
        *(f"{path}: missing" for path in _REQUIRED if _at(document, path) in (None, "", [], {})),
        *_other_shapes(document),
    ]
    if not errors:
        errors += _arithmetic(document)
        errors += _claims(document)
    return Result(tuple(map(_line, errors)), tuple(map(_line, _marked(document, ""))))


def _line(text: str) -> str:
    """Text on one line: it quotes what is in the manifest."""
    return visible(brief(text))


def _other_shapes(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys that hold something other than what is calculated with below."""
    for path in _LISTS:
        value = _at(document, path)
        if value is not None and not (
            isinstance(value, list) and all(isinstance(each, Mapping) for each in value)
        ):
            yield f"{path}: expected a list of mappings"
    for path in ("calculation.embodied_emissions", "rating"):
        value = _at(document, path)
        if value is not None and not isinstance(value, Mapping):
            yield f"{path}: expected a mapping"


def _at(document: Any, path: str) -> Any:
    for key in path.split("."):
        if not isinstance(document, Mapping) or key not in document:
            return None
        document = document[key]
    return document


def _marked(node: object, path: str) -> Iterator[str]:
    """Yield the places that a person has to fill in."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _marked(value, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _marked(value, f"{path}[{number}]")
    elif isinstance(node, str) and TODO in node:
        what = node.partition(TODO)[2].removeprefix(":").strip()
        yield f"{path}: {what}" if what else path


def _number(value: Any) -> float:
    """Return a number as a float, and anything else as NaN, which fails every comparison.

    That includes infinity, which would equal itself, and numbers whose products may be infinite.
    """
    if type(value) not in (int, float) or not abs(value) <= _LARGEST:
        return math.nan
    return float(value)


def _close(stated: float, found: float) -> bool:
    return math.isclose(stated, found, rel_tol=TOLERANCE)


def _arithmetic(document: Mapping[str, Any]) -> Iterator[str]:
    calculation = document["calculation"]
    energy = calculation["energy"]
    energy_kwh, g_per_kwh = (
        _number(energy["value"]),
        _number(calculation["carbon_intensity"]["value"]),
    )
    stated_pue = energy["pue"]
    pue = 1.0 if isinstance(stated_pue, str) and stated_pue.startswith("N/A") else stated_pue
    if not 0 < g_per_kwh < 2000:
        yield f"calculation.carbon_intensity.value: {g_per_kwh:g}; expected 0 < I < 2000 gCO2eq/kWh"
    if not 1 <= _number(pue) <= 3:
        yield f"calculation.energy.pue: {stated_pue!r}; expected 1 to 3, or N/A with a reason"
    it_kwh = math.fsum(_number(_at(part, "energy_kwh")) for part in energy["components"])
    if not _close(energy_kwh, it_kwh * _number(pue)):
        yield (
            f"calculation.energy.value: {energy_kwh:g} kWh, but its components times PUE are "
            f"{it_kwh * _number(pue):g} kWh"
        )
    operational_g = energy_kwh * g_per_kwh
    stated_g = _at(calculation, "operational_emissions.value")
    if stated_g is not None and not _close(_number(stated_g), operational_g):
        yield (
            f"calculation.operational_emissions.value: {stated_g} g, but E x I is "
            f"{operational_g:g} g"
        )
    embodied = calculation["embodied_emissions"]
    yield from _embodied(embodied)
    embodied_g = 0.0 if _at(embodied, "value") is None else _number(embodied["value"])
    unit = document["functional_unit"]
    per = _number(unit.get("units_per_functional_unit", 1))
    count = _number(unit["total_units"]) / per if per else math.nan
    value_g = (operational_g + embodied_g) / count if count > 0 else math.nan
    if not _close(_number(calculation["score"]["value"]), value_g):
        yield (
            f"calculation.score.value: {calculation['score']['value']} g, but (E x I + M) / R = "
            f"{value_g:g} g"
        )


def _embodied(embodied: Mapping[str, Any]) -> Iterator[str]:
    value = _at(embodied, "value")
    place = "calculation.embodied_emissions"
    if value is None or value == 0:
        if not _at(embodied, "reason"):
            yield f"{place}: a value of null or 0 needs a specific reason"
        return
    parts = _at(embodied, "hardware_components") or []
    total_g = math.fsum(_number(_at(part, "allocated_emissions")) for part in parts)
    if not _close(_number(value), total_g):
        yield f"{place}.value: {value} g, but its components are {total_g:g} g"
    for number, part in enumerate(parts):
        hours = _number(_at(part, "time_reserved_hours"))
        if "grams_per_hour" in part:
            found = _number(part["grams_per_hour"]) * hours
        else:
            life_h = _number(_at(part, "expected_lifespan_hours")) or math.nan
            share = _number(part.get("resource_share", 1))
            found = _number(_at(part, "embodied_total")) * hours / life_h * share
        allocated = _at(part, "allocated_emissions")
        if not _close(_number(allocated), found):
            yield (
                f"{place}.hardware_components[{number}].allocated_emissions: "
                f"{allocated} g, but its own figures give {found:g} g"
            )


def _claims(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield claims that go beyond the figures."""
    score = document["calculation"]["score"]
    unit = document["functional_unit"]["unit"]
    if score["unit"] != f"gCO2eq per {unit}":
        yield f"calculation.score.unit: {score['unit']!r}; expected 'gCO2eq per {unit}'"
    lacks_m = _at(document, "calculation.embodied_emissions.value") is None
    if lacks_m and (score.get("is_sci") or OPERATIONAL_ONLY not in str(score.get("caveats"))):
        yield (
            "calculation.score: without embodied emissions (M) is_sci must be false, and caveats "
            f"must include: {OPERATIONAL_ONLY}"
        )
    for number, part in enumerate(document["boundary"]["excluded"]):
        if not _at(part, "rationale"):
            yield f"boundary.excluded[{number}]: no rationale"
    rating = document.get("rating") or {}
    if rating.get("letter") and not (
        rating.get("scale") and rating.get("basis") and _number(rating.get("peers_compared")) >= 1
    ):
        yield "rating.letter: a letter needs its scale, basis and peers_compared (at least 1)"
