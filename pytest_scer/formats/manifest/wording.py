"""What the texts of a manifest may not say, and what its numbers and dates may not be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any, Final

from pytest_scer.core.claims import overclaim
from pytest_scer.core.intensity import FIRST_YEAR, HIGHEST_G_PER_KWH, HIGHEST_PUE
from pytest_scer.formats.manifest.answers import ANSWERS, REMARKS, TODO, at
from pytest_scer.formats.manifest.facts import Facts
from pytest_scer.formats.manifest.writing import texts

_PLACEHOLDER: Final = re.compile(
    r"(?:n\s*/?\s*a|tbd|tba|tbc|todo|fixme|none|null|nil|unknown|unspecified|not applicable"
    r"|not available|placeholder|fill in|to be (?:done|added|filled|determined|confirmed).*"
    r"|lorem ipsum.*|example|foo|bar|test|asdf|[x?.\-_*\s]*)[.!]?",
    re.IGNORECASE,
)
_UNMARKED: Final = re.compile(rf"\b(?:TODO|TBD|FIXME)\b(?!{re.escape(TODO.removeprefix('TODO'))})")
# Node IDs are the names of tests, which claim nothing.
_NAMES_OF_TESTS: Final = re.compile(
    r"record\.tests\.\d+|functional_unit\.measurement_method|(?:record|boundary)\.left_out\..*"
)
_STATED: Final = (
    "record.grid.location",
    "record.grid.source",
    "record.pue_source",
    "record.embodied_source",
)


def claims(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the places that claim a review that nobody has made."""
    for path, text in texts(document):
        if not _NAMES_OF_TESTS.fullmatch(path) and (word := overclaim(text)):
            yield f"{path}: the word {word!r} is refused: nobody has reviewed these figures"


def placeholders(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts that only pretend to be answers."""
    remarks = at(document, REMARKS)
    count = len(remarks) if isinstance(remarks, list) else 0
    paths = [*(answer.path for answer in ANSWERS), *_STATED]
    for path in (*paths, *(f"{REMARKS}.{number}" for number in range(count))):
        text = at(document, path)
        if not isinstance(text, str):
            continue
        if _PLACEHOLDER.fullmatch(text.strip()):
            yield f"{path}: {text!r} is no answer; write one, or mark it with {TODO}"
        elif _UNMARKED.search(text):
            yield f"{path}: unfinished; mark it with {TODO}"


def answers(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the places of free text that hold something else, or contain a wrong date."""
    for answer in ANSWERS:
        value = at(document, answer.path)
        if value is not None and not isinstance(value, str):
            yield f"{answer.path}: {value!r} is not a text"
    remarks = at(document, REMARKS)
    if not isinstance(remarks, list) or not all(isinstance(each, str) for each in remarks):
        yield f"{REMARKS}: expected a list of texts"


def dates(document: Mapping[str, Any], facts: Facts) -> Iterator[str]:
    """Yield the dates that cannot be: not a date, in the future, or before the measurement."""
    # A day's grace: the date of a person may be ahead of UTC.
    latest = (datetime.now(timezone.utc) + timedelta(days=1)).date()
    measured = date.fromisoformat(facts.date)
    if measured > latest:
        yield f"record.started_at: {facts.started_at} is in the future"
    year = facts.grid.year
    if year is not None and not FIRST_YEAR <= year <= measured.year:
        yield f"record.grid.year: {year}; expected {FIRST_YEAR} to {measured.year}"
    path = "attestation.date"
    text = at(document, path)
    if not isinstance(text, str) or TODO in text:
        return
    try:
        signed = date.fromisoformat(text.strip())
    except ValueError:
        yield f"{path}: {text!r} is not a date such as 2026-01-31"
        return
    if not date.fromisoformat(facts.end_date) <= signed <= latest:
        yield f"{path}: {text}; expected a day from the measurement ({facts.end_date}) until today"


def ranges(facts: Facts) -> Iterator[str]:
    """Yield the figures that no grid and no data centre has, and a comparison of another score."""
    if not 0 < facts.grid.g_per_kwh < HIGHEST_G_PER_KWH:
        yield (
            f"calculation.carbon_intensity.value: {facts.grid.g_per_kwh:g}; expected "
            f"0 < I < {HIGHEST_G_PER_KWH:g} gCO2eq/kWh"
        )
    if not 1 <= facts.pue <= HIGHEST_PUE:
        yield f"calculation.energy.pue: {facts.pue:g}; expected 1 to {HIGHEST_PUE:g}"
    lacks_place = facts.grid.is_given and facts.grid.place is None
    if lacks_place and facts.grid.approach == "location-based":
        yield "calculation.carbon_intensity.location: a location-based intensity needs a place"
    if (other := facts.compared_with_another) is not None:
        yield f"record.candidate.value: {facts.candidate.value!r}; the score is {other:.6g}"
