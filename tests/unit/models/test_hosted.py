from __future__ import annotations

import logging
import math
import sys
from importlib.metadata import version
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest

from pytest_scer.models.hosted import MISSING, UNCOUNTED, HostedRequest, estimated, provider_at

REQUEST = HostedRequest("openai", "gpt-4o-mini", 100, 1.0)


def _install(monkeypatch: pytest.MonkeyPatch, impacts: Any) -> list[tuple[Any, ...]]:
    """Put something of EcoLogits' form in its place; returns what it was asked."""
    asked: list[tuple[Any, ...]] = []

    def llm_impacts(*arguments: Any) -> Any:
        asked.append(arguments)
        return impacts

    for name in ("ecologits", "ecologits.tracers", "ecologits.tracers.utils"):
        module: Any = ModuleType(name)
        module.__path__ = []
        module.__spec__ = SimpleNamespace()
        module.PROVIDER_CONFIG_MAP = {"openai": None}
        module.llm_impacts = llm_impacts
        monkeypatch.setitem(sys.modules, name, module)
    return asked


def _impacts(**more: Any) -> Any:
    usage = SimpleNamespace(
        energy=SimpleNamespace(value=SimpleNamespace(min=1e-6, max=2e-6)),
        gwp=SimpleNamespace(value=3e-6),
    )
    return SimpleNamespace(**{"usage": usage, "warnings": None, "errors": None, **more})


def test_kilowatt_hours_and_kilograms_become_joules_and_grams(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = _install(monkeypatch, _impacts())
    use = estimated(REQUEST)
    assert asked == [("openai", "gpt-4o-mini", 100, 1.0)]
    assert use.energy_j is not None
    assert use.co2e_g is not None
    assert (use.energy_j.low, use.energy_j.high) == pytest.approx((3.6, 7.2))
    assert (use.co2e_g.low, use.co2e_g.high) == pytest.approx((3e-3, 3e-3))
    assert (use.requests, use.tokens, use.reason) == (1, 100, None)
    assert use.source is not None
    assert use.source.startswith("EcoLogits")


def test_a_response_of_unknown_length_is_not_free(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _install(monkeypatch, _impacts())
    use = estimated(REQUEST._replace(tokens=None))
    assert (use.energy_j, use.tokens, use.reason) == (None, None, UNCOUNTED)
    assert asked == []


def test_without_a_time_it_takes_as_long_as_ecologits_expects(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = _install(monkeypatch, _impacts())
    estimated(REQUEST._replace(seconds=None))
    assert asked == [("openai", "gpt-4o-mini", 100, math.inf)]


def test_what_it_assumes_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, _impacts(warnings=[SimpleNamespace(message="a guess.")]))
    assert estimated(REQUEST).reason == "a guess."


@pytest.mark.parametrize(
    ("impacts", "request_", "reason"),
    [
        (_impacts(errors=[SimpleNamespace(message="unknown")]), REQUEST, "unknown"),
        (_impacts(), REQUEST._replace(provider="acme"), "does not know this provider"),
        (_impacts(usage=None), REQUEST, "AttributeError"),
        (
            _impacts(
                usage=SimpleNamespace(
                    energy=SimpleNamespace(value=float("nan")), gwp=SimpleNamespace(value=1.0)
                )
            ),
            REQUEST,
            "no range",
        ),
        (MagicMock(), REQUEST, "no estimate"),
    ],
    ids=["unknown model", "unknown provider", "another release", "no number", "a mock"],
)
def test_without_an_estimate_there_is_a_reason(
    monkeypatch: pytest.MonkeyPatch, impacts: Any, request_: HostedRequest, reason: str
) -> None:
    _install(monkeypatch, impacts)
    use = estimated(request_)
    assert (use.energy_j, use.co2e_g) == (None, None)
    assert use.reason is not None
    assert reason in use.reason


@pytest.mark.parametrize("module", [None, MagicMock()])
def test_without_ecologits_there_is_none_and_nothing_raises(
    monkeypatch: pytest.MonkeyPatch, module: object
) -> None:
    monkeypatch.setitem(sys.modules, "ecologits", module)
    use = estimated(REQUEST)
    assert use.energy_j is None
    assert use.reason


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_scer.models.hosted.find_spec", lambda _name: None)
    assert estimated(REQUEST).reason == MISSING


def test_providers_are_known_by_their_hosts() -> None:
    assert provider_at("api.mistral.ai") == "mistralai"
    assert provider_at("api.example.org") is None


def test_the_real_ecologits_estimates_and_leaves_logging_alone() -> None:
    pytest.importorskip("ecologits")
    before = logging.getLoggerClass()
    use = estimated(REQUEST)
    assert logging.getLoggerClass() is before
    assert use.energy_j is not None
    assert use.co2e_g is not None
    assert 0 < use.energy_j.low <= use.energy_j.high
    assert 0 < use.co2e_g.low <= use.co2e_g.high
    assert estimated(REQUEST._replace(model="unheard-of")).energy_j is None
    patient = estimated(REQUEST._replace(seconds=None)).energy_j
    assert patient is not None
    assert patient.high >= use.energy_j.high


# What EcoLogits 0.11.3 says of two models of known size: kWh, and kg of the electricity and of the
# hardware, which is in no figure of ours
WORLD = {"adpe": 7.37708e-08, "pe": 9.988, "gwp": 0.590478, "wue": 5.04}


@pytest.mark.parametrize(
    ("active", "total", "seconds", "energy_kwh", "usage_kg", "embodied_kg"),
    [
        (7.3, 7.3, 5, 1.536243521642994e-05, 9.071180021727118e-06, 8.138020833333334e-07),
        (12.9, 46.7, 10, 3.994122499298407e-05, 2.3584414651407248e-05, 3.1373741677079737e-06),
    ],
)
def test_the_numbers_of_ecologits(
    monkeypatch: pytest.MonkeyPatch,
    active: float,
    total: float,
    seconds: float,
    energy_kwh: float,
    usage_kg: float,
    embodied_kg: float,
) -> None:
    utils = pytest.importorskip("ecologits.tracers.utils")
    if not version("ecologits").startswith("0.11."):
        pytest.skip("other releases may calculate otherwise")
    known: dict[str, Any] = {"deployment": None, "has_warnings": False}
    size = utils.ParametersMoE(total=total, active=active)
    model = SimpleNamespace(architecture=SimpleNamespace(parameters=size), **known)
    monkeypatch.setattr(utils.models, "find_model", lambda **_: model)
    mix = SimpleNamespace(**WORLD, has_warnings=False)
    monkeypatch.setattr(utils.electricity_mixes, "find_electricity_mix", lambda **_: mix)
    site = SimpleNamespace(datacenter_location=None, datacenter_pue=1.26, datacenter_wue=0.37)
    monkeypatch.setitem(utils.PROVIDER_CONFIG_MAP, "openai", site)

    use = estimated(HostedRequest("openai", "a model", 200, seconds))
    assert use.reason is None
    assert use.energy_j is not None
    assert use.co2e_g is not None
    assert (use.energy_j.low, use.energy_j.high) == pytest.approx((energy_kwh * 3.6e6,) * 2)
    assert (use.co2e_g.low, use.co2e_g.high) == pytest.approx((usage_kg * 1e3,) * 2)
    whole = utils.llm_impacts("openai", "a model", 200, seconds)
    assert whole.embodied.gwp.value == pytest.approx(embodied_kg)
