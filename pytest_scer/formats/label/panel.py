"""One label."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import quoteattr

from pytest_scer.core import units
from pytest_scer.core.units import counted
from pytest_scer.formats.accuracy import SCOPE_IN_WORDS, true_figure
from pytest_scer.formats.label.drawing import (
    INK,
    LINE,
    PAPER,
    SMALL,
    Text,
    fitted,
    polygon,
    qr,
    wrapped,
    xml,
)
from pytest_scer.formats.label.ladder import Step, place, steps
from pytest_scer.formats.manifest.facts import Facts
from pytest_scer.formats.manifest.hashes import sha256_of, short
from pytest_scer.formats.manifest.record import dump
from pytest_scer.scoring.scales import FrozenScale
from pytest_scer.scoring.sci import OPERATIONAL_ONLY, fixed_point

WIDTH: Final = 600
_MARGIN: Final = 28.0
_ROOM: Final = WIDTH - 2 * _MARGIN
_QR: Final = 168.0
_LONG_NAME: Final = 28
_STEP: Final = 34.0
_GAP: Final = 5.0
_RULE_X: Final = 224.0
_MARKER: Final = 100.0
# From green to red, each with a contrast of at least 5.8 : 1 to white.
_TONES: Final = ("#00663a", "#4d6600", "#7a5a00", "#8f4300", "#9b1c1c")


def address(facts: Facts, url: str) -> str:
    """The address of the manifest of one score: that of the file, and the score's name."""
    return f"{url}#{facts.name}"


def described(facts: Facts, url: str | None) -> str:
    """Everything a label says, in sentences, for readers that cannot see it."""
    grade = f"Rating {facts.rating.letter}" if facts.rating.letter else "Unrated"
    link = [] if url is None else [f"Manifest: {address(facts, url)}"]
    lines = [facts.title, facts.text, grade, *(" ".join(row).strip() for row in _rows(facts))]
    return ". ".join((*lines, *link)) + "."


def _rows(facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield what the claim rests on and what it leaves out, each with its heading."""
    yield "Claim:", facts.claim
    rating = facts.rating
    yield "; ".join((rating.basis[0].upper() + rating.basis[1:], *rating.notes)), ""
    if energy := facts.outcome.energy_rating.letter:
        yield "By energy alone:", f"{energy} (without grid, PUE and embodied emissions)"
    if facts.caveats:
        yield "Note:", "; ".join(facts.caveats)
    yield "Grid:", _grid(facts)
    yield "PUE:", f"{facts.pue:g} ({facts.pue_source or 'source not stated'})"
    yield "Hardware (M):", _embodied(facts)
    yield "Estimated, not measured:", _estimated(facts)
    yield "Accuracy:", f"{_accuracy(facts)}; {SCOPE_IN_WORDS}"
    yield (
        "Measured:",
        (
            f"{facts.date}, {counted(facts.runs, 'run')}, {'+'.join(facts.components_kwh)}, "
            f"{'; '.join(facts.hardware)}; {facts.generator}"
        ),
    )
    yield "Manifest:", f"{short(sha256_of(dump(facts)))} (SHA-256 of its record)"


def _grid(facts: Facts) -> str:
    grid = facts.grid
    year = f", {facts.grid_year}" if facts.grid_year else ""
    return f"{grid.location}, {grid.g_per_kwh:g} gCO2e per kWh, {grid.method}{year}; {grid.source}"


def _embodied(facts: Facts) -> str:
    m_g, score = facts.score.embodied_g, facts.score
    if m_g is None:
        return OPERATIONAL_ONLY
    share = m_g / (m_g + score.operational_g)
    source = facts.embodied_source or "source not stated"
    return f"embodied emissions are {share:.0%} of the score ({source})"


def _estimated(facts: Facts) -> str:
    share = facts.estimated_share
    return "unknown" if share is None else f"{share:.0%} of the energy"


def _accuracy(facts: Facts) -> str:
    """Say how far the energy behind the score may be off."""
    known = true_figure(facts.plausible_kwh, facts.it_kwh)
    return "unknown" if known is None else f"of the energy, {known}"


def _interval(facts: Facts) -> str:
    around_g, value_g = facts.uncertainty_g, facts.stated.value_g
    if around_g is None:
        return "what a repeat would show is unknown"
    low, high = (
        units.significant(end, facts.digits)
        for end in (max(value_g - around_g, 0.0), value_g + around_g)
    )
    return f"{low} to {high} g in 95% of repeats"


def panel(facts: Facts, y: float, url: str | None) -> tuple[str, float]:
    """Draw one label at a height; return it and its own height."""
    parts: list[str] = []
    top = _head(facts, parts)
    top = _ladder(facts, top, parts)
    bottom = _small_print(facts, top + 30, parts, url)
    height = bottom + _MARGIN - 8
    frame = (
        f'<rect x="4" y="4" width="{WIDTH - 8}" height="{height - 8:g}" rx="14" fill="{PAPER}" '
        f'stroke="{INK}" stroke-width="5"/>'
    )
    content = "\n".join((frame, *parts))
    about = f'id={quoteattr("score-" + facts.name)} transform="translate(0 {y:g})"'
    return f"<g {about}>\n{content}\n</g>", height


def _head(facts: Facts, parts: list[str]) -> float:
    """Draw name, score and interval; return where they end."""
    name = facts.model
    if len(name) <= _LONG_NAME:
        lines = [fitted(_MARGIN, 62, 32, name, _ROOM)]
    else:
        half = -(-len(name) // 2)
        lines = [
            fitted(_MARGIN, 46, 24, name[:half], _ROOM),
            fitted(_MARGIN, 72, 24, name[half:], _ROOM),
        ]
    about = ", ".join(filter(None, (facts.category, facts.phase)))
    value = fixed_point(facts.stated.value_g, facts.digits)
    lines += [
        fitted(_MARGIN, 96, 18, about, _ROOM),
        fitted(_MARGIN, 164, 64, value, _ROOM),
        fitted(_MARGIN, 200, 28, f"gCO2eq per {facts.stated.unit.readable}", _ROOM),
        Text(_MARGIN, 226, 18, _interval(facts)),
    ]
    parts += map(str, lines)
    return 244.0


def _ladder(facts: Facts, top: float, parts: list[str]) -> float:
    """Draw the scale with the model's place on it; return where it ends."""
    scale, letter = facts.rating.scale, facts.rating.letter
    grades = steps(facts.scale, _factor(facts))
    for line in wrapped(scale, _ROOM, bold=True):
        top += LINE
        parts.append(str(Text(_MARGIN, top, SMALL, line, bold=True)))
    if not grades:
        parts.append(str(fitted(_MARGIN, top + 44, 40, letter or "unrated", _ROOM)))
        return top + 56
    top += 12
    for number, step in enumerate(grades):
        parts += _step(step, number, len(grades), top + number * (_STEP + _GAP))
    parts += _marker(letter, grades, top)
    return top + len(grades) * (_STEP + _GAP)


def _factor(facts: Facts) -> float:
    """What cut-offs are multiplied by: a label may state grams for another number of units."""
    is_grams = isinstance(facts.scale, FrozenScale) and facts.scale.unit.startswith("g")
    return facts.stated.unit.per / facts.unit.per if is_grams else 1.0


def _step(step: Step, number: int, count: int, top: float) -> Iterator[str]:
    """Draw a grade as an arrow, the longer the worse, and who gets it."""
    share = number / max(count - 1, 1)
    right = _MARGIN + 92 + 76 * share
    middle, bottom = top + _STEP / 2, top + _STEP
    tip = right + 14
    shape = [(_MARGIN, top), (right, top), (tip, middle), (right, bottom), (_MARGIN, bottom)]
    yield polygon(shape, _TONES[round(share * (len(_TONES) - 1))])
    fit = fitted(_MARGIN + 10, top + 25, 22, step.grade, right - _MARGIN - 10)
    yield str(Text(fit.x, fit.y, fit.size, fit.text, bold=True, ink=PAPER))
    room = WIDTH - _MARGIN - _MARKER - 12 - _RULE_X
    lines = wrapped(step.rule, room)[:2]
    first = middle + 5 - (len(lines) - 1) * 8
    for line, text in enumerate(lines):
        yield str(Text(_RULE_X, first + 16 * line, SMALL - 1, text))


def _marker(letter: str | None, grades: tuple[Step, ...], top: float) -> Iterator[str]:
    """Draw the model's place: a dark arrow that points at its grade, or at all of a range."""
    best, worst = (0, len(grades) - 1) if letter is None else place(letter, grades)
    upper = top + best * (_STEP + _GAP)
    lower = top + worst * (_STEP + _GAP) + _STEP
    right, middle = WIDTH - _MARGIN, (upper + lower) / 2
    left = right - _MARKER
    text = letter or "unrated"
    shape = [(left, middle), (left + 16, upper), (right, upper), (right, lower), (left + 16, lower)]
    fill, ink, stroke = (INK, PAPER, "") if letter else (PAPER, INK, INK)
    yield polygon(shape, fill, stroke=stroke)
    size = min(30.0, (_MARKER - 28) / (len(text) * 0.68))
    yield str(Text((left + 16 + right) / 2, middle + size * 0.36, size, text, True, ink, "middle"))


def _small_print(facts: Facts, top: float, parts: list[str], url: str | None) -> float:
    """Draw what the claim rests on, next to the QR code; return where both end."""
    code_bottom = 0.0
    if url is not None:
        parts.append(qr(address(facts, url), WIDTH - _MARGIN - _QR + 12, top - 22, _QR))
        code_bottom = top - 22 + _QR + LINE
    for about, text in _rows(facts):
        bold = about in ("Claim:", "Note:")
        for line in _lines(f"{about} {text}".strip(), top, code_bottom, bold=bold):
            parts.append(str(Text(_MARGIN, top, SMALL, line, bold=bold)))
            top += LINE
        top += 4
    return max(top, code_bottom) - 4


def _lines(text: str, top: float, code_bottom: float, *, bold: bool) -> list[str]:
    """Break a text into lines: narrow ones next to the code, wide ones below it."""
    narrow = wrapped(text, _ROOM - _QR + 4, bold=bold)
    beside = max(0, int((code_bottom - top) // LINE) + 1) if code_bottom > top else 0
    if len(narrow) <= beside:
        return narrow
    rest = " ".join(narrow[beside:])
    return narrow[:beside] + wrapped(rest, _ROOM, bold=bold)


def title(facts: Facts) -> str:
    """The label in one line."""
    return xml(f"{facts.model}: {facts.text}")
