"""Embodied emissions that no hardware has."""

import pytest

from pytest_scer.scoring.plausible import LEAST_RATE_G_PER_H, doubts
from pytest_scer.scoring.sci import parse_embodied


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("TE=1 g, EL=4 y", "TE=1 g is less than 1 kg for a device"),
        ("TE=999 g, EL=4 y", "TE=999 g is less than 1 kg for a device"),
        ("TE=1200 kg, EL=100 y", "EL=100 y is longer than 15 years"),
        ("TE=1200 kg, EL=4 y; TE=3 kg, EL=16 y", "EL=16 y is longer than 15 years"),
        ("0.001", "0.001 g per hour is less than 0.0076, the rate of 1 kg over 15 years"),
    ],
)
def test_what_no_device_has_is_doubted(text: str, said: str) -> None:
    assert list(doubts(parse_embodied(text))) == [said]


@pytest.mark.parametrize(
    "text",
    ["TE=1 kg, EL=15 y", "TE=1200 kg, EL=4 y, RR=1, ToR=128", "120", f"{LEAST_RATE_G_PER_H}"],
)
def test_what_hardware_may_have_is_not(text: str) -> None:
    assert list(doubts(parse_embodied(text), run_s=1e9)) == []


def test_reserving_hardware_for_less_than_the_run_is_doubted_once_the_run_is_known() -> None:
    embodied = parse_embodied("TE=1200 kg, EL=4 y, TiR=1 min")
    assert list(doubts(embodied)) == []
    assert list(doubts(embodied, run_s=60.0)) == []
    assert list(doubts(embodied, run_s=61.0)) == ["TiR=60 s is shorter than the run of 61 s"]
