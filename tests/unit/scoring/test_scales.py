"""Equal-width stars and frozen cut-offs."""

import json
import math
import random
import re
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pytest_scer.scoring.figure import Figure
from pytest_scer.scoring.rating import AT_A_CUTOFF, Rating
from pytest_scer.scoring.scales import FrozenScale, StarScale, named_scale, parse_scale
from pytest_scer.scoring.scer import ScerScale

UNIT = "Wh per query"


def stars(values: Sequence[float], spread: float = 0.0) -> list[Rating]:
    figures = [Figure(value, spread) for value in values]
    return [
        StarScale().rate(figure, figures[:i] + figures[i + 1 :], UNIT)
        for i, figure in enumerate(figures)
    ]


def counts(values: Sequence[float]) -> list[int]:
    return [int((rating.letter or "0").split()[0]) for rating in stars(values)]


def stars_by_edges(values: Sequence[int]) -> list[int]:
    """Stars by counting the band edges that a value has not yet reached, in exact fractions."""
    low, high = min(values), max(values)
    edges = [low + Fraction(k * (high - low), 5) for k in range(1, 5)]
    return [1 + sum(value < edge for edge in edges) for value in values]


# Stars


def test_bands_are_closed_on_the_left_and_the_maximum_gets_one_star() -> None:
    assert counts([0, 19, 20, 40, 60, 80, 99, 100]) == [5, 5, 4, 3, 2, 1, 1, 1]


def test_published_stars_are_reproduced() -> None:
    # AI Energy Score, February 2025, image generation: Wh per query and published stars.
    published = [
        ("Mitsua/mitsua-diffusion-one", 0.186811914, 5),
        ("gsdf/Counterfeit-V2.5", 0.187366386, 5),
        ("stabilityai/sd-turbo", 0.189864946, 5),
        ("stabilityai/stable-cascade", 1.214355539, 2),
        ("stabilityai/stable-diffusion-2-1", 0.534466733, 4),
        ("dreamlike-art/dreamlike-photoreal-2.0", 0.581331892, 4),
        ("prompthero/openjourney-v4", 0.203367331, 5),
        ("prompthero/openjourney", 0.196880224, 5),
        ("SimianLuo/LCM_Dreamshaper_v7", 0.322044411, 5),
        ("Yntec/epiCPhotoGasm", 0.586574491, 4),
    ]
    # The highest, stable-diffusion-xl-base-1.0, is displayed as 1639.85 Wh per 1000 queries.
    values = [value for _, value, _ in published] + [1.63985]
    assert counts(values)[:-1] == [star for _, _, star in published]
    assert counts(values)[-1] == 1


def test_equal_peers_and_one_peer_are_unrated() -> None:
    assert [rating.letter for rating in stars([3.0, 3.0])] == [None, None]
    assert "equal" in (stars([3.0, 3.0])[0].reason or "")
    assert "N = 1" in (stars([3.0])[0].reason or "")


def test_an_outlier_that_lifts_all_others_is_named() -> None:
    note = "one outlier sets the range: all other peers get 5 stars"
    assert counts([1, 2, 3, 100]) == [5, 5, 5, 1]
    assert all(note in rating.notes for rating in stars([1, 2, 3, 100]))
    assert not any(note in rating.notes for rating in stars([1, 2, 30, 100]))
    assert not any(note in rating.notes for rating in stars([1, 100]))


@pytest.mark.parametrize(
    ("spread", "letters"),
    [
        (0.0, ["5 stars", "4 stars", "1 star"]),
        (1.0, ["5 stars", "4 stars", "1 star"]),
        (6.0, ["5 stars", "3-5 stars", "1 star"]),
    ],
)
def test_stars_that_could_turn_show_both(spread: float, letters: list[str]) -> None:
    assert [rating.letter for rating in stars([0, 30, 100], spread)] == letters


def test_equal_models_get_no_different_stars() -> None:
    rng = random.Random(15)
    for _ in range(200):
        values = [math.exp(rng.gauss(0, 0.12)) for _ in range(6)]
        figures = [Figure(value, 0.245 * value) for value in values]
        rated = {
            StarScale().rate(each, [o for o in figures if o is not each], UNIT).letter
            for each in figures
        }
        assert len({letter for letter in rated if letter and "-" not in letter}) <= 1


def test_equal_models_at_a_cutoff_get_no_different_grades() -> None:
    """The true value is the cut-off: half of them lie on either side."""
    scale = parse_scale(PAGES)
    rng = random.Random(15)
    for _ in range(200):
        values = [0.145 * math.exp(rng.gauss(0, 0.12)) for _ in range(6)]
        figures = [Figure(value, 0.245 * value) for value in values]
        rated = {scale.rate(each, figures[1:], scale.unit).letter for each in figures}
        assert len({letter for letter in rated if letter and "-" not in letter}) <= 1


def test_ten_thousand_peer_sets_agree_with_counting_edges() -> None:
    rng = random.Random(202502)
    for _ in range(10_000):
        top = rng.choice((5, 10, 1000))
        values = [rng.randint(0, top) for _ in range(rng.randint(2, 12))]
        if len(set(values)) > 1:
            assert counts(values) == stars_by_edges(values)


int_sets = st.lists(st.integers(0, 10**6), min_size=2, max_size=25).filter(
    lambda values: len(set(values)) > 1
)


@given(int_sets)
def test_agreement_with_counting_edges(values: list[int]) -> None:
    assert counts(values) == stars_by_edges(values)


@given(int_sets, st.randoms(use_true_random=False))
def test_order_does_not_matter(values: list[int], rng: random.Random) -> None:
    order = rng.sample(range(len(values)), len(values))
    assert counts([values[i] for i in order]) == [counts(values)[i] for i in order]


@given(int_sets, st.integers(-20, 20), st.integers(0, 1000))
def test_scale_and_origin_do_not_matter(values: list[int], exponent: int, shift: int) -> None:
    assert counts([(value + shift) * 2.0**exponent for value in values]) == counts(values)


@given(st.lists(st.floats(0, 1e300), min_size=2, max_size=10))
def test_every_peer_of_a_range_gets_one_to_five_stars(values: list[float]) -> None:
    assume(len(set(values)) > 1)
    rated = counts(values)
    assert set(rated) <= {1, 2, 3, 4, 5}
    assert rated[values.index(max(values))] == 1
    assert rated[values.index(min(values))] == 5


# Frozen cut-offs

DISPLAYS = """
name = "EU energy label, electronic displays"
version = "Regulation (EU) 2019/2013"
date = 2019-03-11
unit = "EEI"
edge = "worse"
worst = "G"
source = "Annex II"

[cutoffs]
A = 0.30
B = 0.40
C = 0.50
D = 0.60
E = 0.75
F = 0.90
"""

PAGES = json.dumps(
    {
        "name": "Digital Carbon Rating",
        "version": "SWDM v4",
        "date": "2024",
        "unit": "gCO2e per page view",
        "edge": "better",
        "worst": "F",
        "cutoffs": {"A+": 0.04, "A": 0.079, "B": 0.145, "C": 0.209, "D": 0.278, "E": 0.359},
    }
)


@pytest.mark.parametrize(
    ("text", "value", "letter"),
    [
        # Regulation (EU) 2019/2013, Annex II: A < 0.30, ..., F < 0.90, else G
        (DISPLAYS, 0.0, "A"),
        (DISPLAYS, 0.29, "A"),
        (DISPLAYS, 0.30, "B"),
        (DISPLAYS, 0.40, "C"),
        (DISPLAYS, 0.50, "D"),
        (DISPLAYS, 0.60, "E"),
        (DISPLAYS, 0.75, "F"),
        (DISPLAYS, 0.89, "F"),
        (DISPLAYS, 0.90, "G"),
        # Digital Carbon Rating, Sustainable Web Design Model v4: a limit has the better grade
        (PAGES, 0.04, "A+"),
        (PAGES, 0.041, "A"),
        (PAGES, 0.079, "A"),
        (PAGES, 0.359, "E"),
        (PAGES, 0.36, "F"),
    ],
)
def test_cutoffs_and_their_edges(text: str, value: float, letter: str) -> None:
    scale = parse_scale(text)
    rating = scale.rate(Figure(value, 0.0), [], scale.unit)
    assert (rating.letter, rating.n, rating.notes) == (letter, 1, ())


def test_an_absolute_grade_ignores_the_peers_and_counts_them() -> None:
    scale = parse_scale(DISPLAYS)
    rating = scale.rate(Figure(0.35, 0.0), [Figure(0.1), Figure(None)], "EEI")
    assert (rating.letter, rating.n) == ("B", 2)
    name = "EU energy label, electronic displays Regulation (EU) 2019/2013 (2019-03-11)"
    assert rating.scale == name


def test_frozen_grades_that_could_turn_show_both() -> None:
    scale = parse_scale(DISPLAYS)
    assert scale.rate(Figure(0.35, 0.01), [], "EEI").letter == "B"
    between = scale.rate(Figure(0.39, 0.02), [], "EEI")
    assert (between.letter, between.notes) == ("B-C", (AT_A_CUTOFF,))
    assert scale.rate(Figure(0.39, 1.0), [], "EEI").letter == "A-G"
    assert scale.rate(Figure(0.39), [], "EEI").notes == ("uncertainty unknown: assumed to be 0",)


def test_another_unit_or_no_figure_is_unrated() -> None:
    scale = parse_scale(DISPLAYS)
    other = scale.rate(Figure(0.1), [], "gCO2eq per token")
    assert other.letter is None
    assert other.reason == "the scale is in EEI, the score in gCO2eq per token"
    assert scale.rate(Figure(None), [], "EEI").reason == "no figure was measured"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"edge": "left"}, "`better` or `worse`"),
        ({"cutoffs": {}}, "A = 0.30"),
        ({"cutoffs": [0.3]}, "expected a table"),
        ({"cutoffs": {"A": "0.3"}}, "expected a number"),
        ({"cutoffs": {"A": True}}, "expected a number"),
        ({"cutoffs": {"A": 0.4, "B": 0.3}}, "rise"),
        ({"cutoffs": {"A": 0.4, "B": 0.4}}, "rise"),
        ({"cutoffs": {"A": -1.0}}, "above 0"),
        ({"worst": "A"}, "worst"),
        ({"grades": 3}, "grades unknown"),
        ({"version": None}, "version missing"),
        ({"date": None, "unit": None}, "date, unit missing"),
    ],
)
def test_a_wrong_scale_says_which_key(change: dict[str, object], said: str) -> None:
    data = {**json.loads(PAGES), **change}
    text = json.dumps({key: value for key, value in data.items() if value is not None})
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_scale(text)


@pytest.mark.parametrize("text", ["{", "[1, 2]", "name = ", "just words"])
def test_what_is_neither_toml_nor_json_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"neither TOML nor a JSON object|missing"):
        parse_scale(text)


@given(st.floats(0, 2), st.floats(0, 2))
def test_more_is_never_graded_better(one: float, other: float) -> None:
    scale = parse_scale(DISPLAYS)
    first, second = scale.grade(min(one, other)), scale.grade(max(one, other))
    assert first <= second


def test_scales_by_name() -> None:
    assert isinstance(named_scale("scer"), ScerScale)
    assert isinstance(named_scale("stars"), StarScale)
    assert named_scale("cutoffs.toml") is None


def test_a_scale_can_be_written_in_code() -> None:
    scale = FrozenScale("mine", "1", "2026-01-31", UNIT, "worse", (("low", 1.0),), "high")
    assert [scale.grade(value) for value in (0.9, 1.0)] == ["low", "high"]


@pytest.mark.parametrize(
    ("value", "uncertainty"), [(-1.0, None), (float("nan"), None), (1.0, -0.1), (1.0, float("inf"))]
)
def test_figures_are_numbers_from_zero_up(value: float, uncertainty: float | None) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        Figure(value, uncertainty)
