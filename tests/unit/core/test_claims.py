"""Words that claim a review, and names that borrow another's, however they are written."""

from __future__ import annotations

import pytest

from pytest_scer.core.claims import impersonated, overclaim, without_claims


@pytest.mark.parametrize(
    "text",
    [
        "certified",
        "Certified by GSF",
        "APPROVED",
        "model_approved_2",
        "SCER-conformant",
        "endorsed",
        "self-certification",
        "c\N{CYRILLIC SMALL LETTER IE}rtifi\N{CYRILLIC SMALL LETTER IE}d",
        "certi\N{ZERO WIDTH SPACE}fied",
        "certi\N{LATIN SMALL LIGATURE FI}ed",
        "ce\N{COMBINING ACUTE ACCENT}rtified",
    ],
)
def test_a_claim_is_found(text: str) -> None:
    assert overclaim(text)
    with pytest.raises(ValueError, match="nobody has reviewed these figures"):
        without_claims(text)


@pytest.mark.parametrize(
    "text", ["", "gpt2", "uncertified", "renewable energy certificates are not counted", "approve"]
)
def test_what_claims_nothing_passes(text: str) -> None:
    assert overclaim(text) is None
    assert without_claims(text) == text


@pytest.mark.parametrize(
    "name",
    ["SCER draft v0.1", "scer", "Our SCER", "SCI 1.1", "ISO/IEC 21031", "AI Energy Score 2",
     "Hugging Face stars", "equal-width stars"],
)  # fmt: skip
def test_a_borrowed_name_is_found(name: str) -> None:
    assert impersonated(name)


@pytest.mark.parametrize(
    "name", ["Ours", "Isolation", "Science", "EU energy label, electronic displays", "scerpa"]
)
def test_a_name_of_ones_own_passes(name: str) -> None:
    assert impersonated(name) is None
