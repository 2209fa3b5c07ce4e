"""SCI calculations, compared with examples of the specification and with public disclosures."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.scoring.functional_unit import (
    FunctionalUnit,
)
from pytest_scer.scoring.sci import (
    JOULES_PER_KWH,
    OPERATIONAL_ONLY,
    Embodied,
    EmbodiedComponent,
    EmbodiedRate,
    SciScore,
    fixed_point,
    operational_g,
    parse_embodied,
)

HOUR_S = 3600.0


def kwh(value: float) -> float:
    return value * JOULES_PER_KWH


# Operational emissions


@pytest.mark.parametrize(
    ("energy_kwh", "g_per_kwh", "pue", "grams"),
    [
        # GSF certification, example-neuralcast-llm-inference
        (1814.4, 420.0, 1.09, 830_632.32),
        # GSF certification, example-greentech-inventory-api
        (48.372, 370.0, 1.2, 58.0464 * 370),
        # Hugging Face, Open LLM Leaderboard: an hour of 5.6 kW
        (5.6, 269.8, 1.0, 1510.88),
        # eco-ci-energy-estimation: its sampled trace of 3.4 s
        (18.3741612 / 3.6e6, 472.0, 1.0, 0.002409056690666667),
    ],
)
def test_operational_emissions(
    energy_kwh: float, g_per_kwh: float, pue: float, grams: float
) -> None:
    assert operational_g(kwh(energy_kwh), g_per_kwh, pue) == pytest.approx(grams, rel=1e-12)


@pytest.mark.parametrize(
    ("energy_j", "g_per_kwh", "pue", "named"),
    [
        (-1.0, 400.0, 1.0, "energy_j"),
        (math.nan, 400.0, 1.0, "energy_j"),
        (1.0, -1.0, 1.0, "g_per_kwh"),
        (1.0, math.inf, 1.0, "g_per_kwh"),
        (1.0, 400.0, 0.99, "PUE"),
        (1.0, 400.0, math.nan, "PUE"),
    ],
)
def test_bad_figures_are_errors_and_not_minus_one(
    energy_j: float, g_per_kwh: float, pue: float, named: str
) -> None:
    # The leaderboard's own function returns -1 for these.
    with pytest.raises(ValueError, match=named):
        operational_g(energy_j, g_per_kwh, pue)


# Embodied emissions


@pytest.mark.parametrize(
    ("text", "run_s", "grams"),
    [
        # SCI specification 1.1.0, "around 28 g": a laptop of 1,000 kg and 4 years, for an hour
        ("TE=1000 kg, EL=35040 h", HOUR_S, 28.538812785388128),
        ("TE=1 t, EL=4 y, TiR=1 h", 12.0, 28.538812785388128),
        # GSF certification, example-neuralcast-llm-inference: 8 + 2 + 1 machines over 672 h
        (
            (
                "TE=9600 kg, EL=3 y, TiR=672 h; TE=1200 kg, EL=4 y, TiR=672 h; "
                "TE=200 kg, EL=4 y, TiR=28 d"
            ),
            HOUR_S,
            272_328.7671232877,
        ),
        # GSF-SCI-2026-00003 (TapFlow): a quarter of a device for an hour
        ("TE=196.8 kg, EL=4 y, RR=1, ToR=4", HOUR_S, 1.404109589),
        # GSF-SCI-2026-00002 (offlyn clipper): 1.0125 h of a whole device
        ("TE=146520 g, EL=4 y", 1.0125 * HOUR_S, 4.233775684931507),
        # Green Metrics Tool, config.yml.example: a minute
        ("TE=181 kg, EL=4 years", 60.0, 0.08609208523592085),
        # eco-ci-energy-estimation: a GitHub runner for 3.4 s
        ("TE=35990.625 g, EL=126144000 s", 3.4, 0.0009700669472983257),
    ],
)
def test_embodied_emissions_from_components(text: str, run_s: float, grams: float) -> None:
    assert parse_embodied(text).run_g(run_s) == pytest.approx(grams, rel=1e-9)


def test_a_rate_is_grams_per_hour() -> None:
    assert parse_embodied("120") == Embodied((EmbodiedRate(120.0),))
    assert parse_embodied("120").run_g(HOUR_S / 2) == pytest.approx(60.0)
    assert parse_embodied("120; TE=876 kg, EL=100 y").run_g(HOUR_S) == pytest.approx(121.0)


def test_a_part_of_the_run_bears_its_share_by_time() -> None:
    fixed = parse_embodied("TE=1000 kg, EL=4 y, TiR=2 h")
    assert fixed.share_g(30.0, 120.0) == pytest.approx(fixed.run_g(120.0) / 4)
    lasting = parse_embodied("TE=1000 kg, EL=4 y")
    assert lasting.share_g(30.0, 120.0) == pytest.approx(lasting.run_g(30.0))
    with pytest.raises(ValueError, match="above 0"):
        fixed.share_g(1.0, 0.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected `120`"),
        ("bananas", "expected `120`"),
        ("1200 kg", "expected `120`"),
        ("0", "above 0"),
        ("-3", "above 0"),
        ("nan", "above 0"),
        ("inf", "above 0"),
        ("120;", "expected `120`"),
        ("TE=1200 kg", "EL missing"),
        ("EL=4 y", "TE missing"),
        ("RR=1", "TE and EL missing"),
        ("TE=1200, EL=4 y", "TE=1200 kg"),
        ("TE=1200 lb, EL=4 y", "TE=1200 kg"),
        ("TE=-1 kg, EL=4 y", "TE=1200 kg"),
        ("TE=0 kg, EL=4 y", "TE must be a number above 0"),
        ("TE=1e400 kg, EL=4 y", "TE must be a number above 0"),
        ("TE=1 kg, EL=4", "EL=4 y"),
        ("TE=1 kg, EL=0 y", "EL must be"),
        ("TE=1 kg, EL=4 y, RR=8", "RR=8 is more than ToR=1"),
        ("TE=1 kg, EL=4 y, RR=1 core", "RR=1"),
        ("TE=1 kg, EL=4 y, ToR=0", "ToR must be"),
        ("TE=1 kg, EL=1 y, TiR=2 y", "longer than EL"),
        ("TE=1 kg, EL=1 y, TiR=0 h", "TiR must be"),
        ("TE=1 kg, EL=1 y, TiR=2", "TiR=2 h"),
        ("TE=1 kg, TE=2 kg, EL=1 y", "TE is given twice"),
        ("TE=1 kg, EL=1 y, XX=3", "'XX=3'"),
        ("TE=1 kg, EL=1 y, 3", "'3'"),
        ("TE=, EL=1 y", "'TE='"),
    ],
)
def test_what_is_wrong_with_embodied_is_said(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_embodied(text)


def test_embodied_reads_back_what_it_says() -> None:
    embodied = parse_embodied("TE=1200 kg, EL=4 y, RR=2, ToR=8, TiR=3 h; TE=5 kg, EL=1 y")
    assert parse_embodied(str(embodied)) == embodied
    assert str(parse_embodied("120")) == "120 g per hour of use"


positive = st.floats(1e-3, 1e9)


@given(positive, positive, st.floats(0.001, 1.0), positive, st.floats(1.0, 10.0))
def test_embodied_emissions_grow_with_time_and_with_the_share(
    total_g: float, lifespan_h: float, share: float, run_s: float, factor: float
) -> None:
    def grams(share: float, run_s: float) -> float:
        return EmbodiedComponent(total_g, lifespan_h, share, 1.0).run_g(run_s)

    assert grams(share, run_s * factor) == pytest.approx(factor * grams(share, run_s))
    assert grams(share, run_s) == pytest.approx(share * grams(1.0, run_s))


# The score


@pytest.mark.parametrize(
    ("operational", "embodied", "units", "unit", "value", "text"),
    [
        # GSF certification, example-neuralcast-llm-inference: 23,200 million tokens
        (
            830_632.32,
            272_328.7671232877,
            23_200e6,
            FunctionalUnit("token", 1e6),
            47.54142616910723,
            "47.5 gCO2eq per 1000000 tokens",
        ),
        # GSF certification, example-greentech-inventory-api: 25,000 thousand requests
        (
            58.0464 * 370,
            99_794.52054794521,
            25_000e3,
            FunctionalUnit("API request", 1000),
            4.8508675419178084,
            "4.85 gCO2eq per 1000 API requests",
        ),
        # GSF-SCI-2026-00003 (TapFlow)
        (
            0.005725 * 417.3,
            1.404109589,
            1,
            FunctionalUnit("QA session-hour"),
            3.793152089,
            "3.79 gCO2eq per QA session-hour",
        ),
        # GSF-SCI-2026-00002 (offlyn clipper); the disclosure truncates 4.587 to 4.58
        (
            0.00101 * 350,
            4.233775684931507,
            1,
            FunctionalUnit("meeting workflow"),
            4.587275684931507,
            "4.59 gCO2eq per meeting workflow",
        ),
        # Impact Framework, builtins/sci/success.yml: its `carbon` is not split into O and M
        (5.02, None, 100, FunctionalUnit("request"), 0.0502, "0.0502 gCO2eq per request"),
        # Impact Manifest Protocol documentation, example: 45,000 thousand requests
        (
            46.01 * 340,
            96_574.9,
            45_000e3,
            FunctionalUnit("request", 1000),
            2.49374,
            "2.49 gCO2eq per 1000 requests",
        ),
    ],
)
def test_scores_of_public_disclosures(
    operational: float,
    embodied: float | None,
    units: float,
    unit: FunctionalUnit,
    value: float,
    text: str,
) -> None:
    score = SciScore(operational, embodied, units, unit)
    assert score.value_g == pytest.approx(value, rel=1e-5)
    assert str(score) == text


def test_the_manifest_documentation_s_own_result_is_not_reproduced() -> None:
    # It prints 349.63 for the example above, which is outside its own tolerance of 1 %.
    score = SciScore(46.01 * 340, 96_574.9, 45_000e3, FunctionalUnit("request", 1000))
    assert abs(score.value_g - 349.63) > 0.01 * 349.63


@pytest.mark.parametrize(
    ("phase", "role", "grams", "units", "unit", "value"),
    [
        # SCI for AI, section 9.1.1: 6,500 kg for 50 thousand million tokens
        ("inference", "consumer", 6.5e6, 5e10, FunctionalUnit("token", 1e6), 130.0),
        # section 9.1.2: 200 t for 5e22 FLOP
        ("training", "provider", 2e8, 5e22, FunctionalUnit("FLOP", 1e15), 4.0),
        # section 9.2.1: 3,200 kg for 40 million inferences
        ("inference", "consumer", 3.2e6, 4e7, FunctionalUnit("inference"), 0.08),
        # section 9.2.2: 75 t for 2.5 thousand million parameters
        ("training", "provider", 7.5e7, 2.5e9, FunctionalUnit("parameter", 1e9), 30_000e3),
    ],
)
def test_consumer_and_provider_scores_of_sci_for_ai(
    phase: str, role: str, grams: float, units: float, unit: FunctionalUnit, value: float
) -> None:
    score = SciScore(
        grams, None, units, unit, phase="training" if phase == "training" else "inference"
    )
    assert score.role == role
    assert score.value_g == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("grams", "units", "unit", "printed"),
    [
        (6.5e6, 5e10, FunctionalUnit("token", 1e6), 0.13),  # section 9.1.3, g
        (7.5e7, 2.5e9, FunctionalUnit("parameter", 1e9), 3000e3),  # section 9.2.2, kg in g
        (7.5e7, 2.5e9, FunctionalUnit("parameter", 1e9), 30e3),  # section 9.2.3, kg in g
    ],
)
def test_slips_of_sci_for_ai_are_not_reproduced(
    grams: float, units: float, unit: FunctionalUnit, printed: float
) -> None:
    value = SciScore(grams, None, units, unit).value_g
    assert value / printed == pytest.approx(round(value / printed))
    assert value / printed >= 10


def test_without_embodied_emissions_it_is_no_sci_score() -> None:
    unit = FunctionalUnit("token", 1000)
    assert SciScore(1.0, None, 10, unit).caveat == OPERATIONAL_ONLY
    assert OPERATIONAL_ONLY == "operational emissions only; not an SCI score"
    assert SciScore(1.0, 0.5, 10, unit).caveat is None
    assert SciScore(1.0, None, 10, unit).role is None


@pytest.mark.parametrize(
    ("operational", "embodied", "units"),
    [
        (-1.0, None, 1.0),
        (math.nan, None, 1.0),
        (1.0, 0.0, 1.0),
        (1.0, -1.0, 1.0),
        (1.0, None, 0.0),
        (1.0, None, math.inf),
    ],
)
def test_a_score_needs_figures(operational: float, embodied: float | None, units: float) -> None:
    with pytest.raises(ValueError, match=r"emissions|units"):
        SciScore(operational, embodied, units, FunctionalUnit("token"))


@given(positive, positive, positive, positive)
def test_the_score_is_the_formula_and_scales_with_its_unit(
    operational: float, embodied: float, units: float, per: float
) -> None:
    one = SciScore(operational, embodied, units, FunctionalUnit("token"))
    many = SciScore(operational, embodied, units, FunctionalUnit("token", per))
    assert one.value_g == pytest.approx((operational + embodied) / units)
    assert many.value_g == pytest.approx(one.value_g * per)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.2345e-05, "0.0000123"),
        (0.5, "0.500"),
        (47.541, "47.5"),
        (9.999, "10.0"),
        (123456.0, "123000"),
    ],
)
def test_fixed_point_numbers(value: float, text: str) -> None:
    assert fixed_point(value) == text


@given(st.floats(1e-30, 1e30))
def test_fixed_point_has_no_exponent_and_keeps_the_value(value: float) -> None:
    text = fixed_point(value)
    assert "e" not in text.lower()
    assert float(text) == pytest.approx(value, rel=0.0051)
